/** An empty folder as a user has it: npm installs the packed client into it, and the runtimes to try it on. */
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npmCommand } from '../../release/npm.ts';
import { nodePackage, run } from '../../release/users-folder.ts';

/** The oldest and the others that are kept alive; this process has its own. */
export const nodeVersions = ['20', '22'] as const;

const tools = {
  '@types/node': '^20.0.0',
  bun: '^1.3.0',
  deno: '^2.5.0',
  typescript: '^6.0.0',
  vite: '^8.0.0',
  workerd: '^1.20260101.0',
};

/** Writes package.json and installs. Throws with npm's output. */
export async function createProject(folder: string, tarball: string): Promise<void> {
  const dependencies: Record<string, string> = { '@m2fp/client': `file:${tarball}`, ...tools };
  for (const version of nodeVersions) dependencies[`node${version}`] = `npm:${nodePackage()}@${version}`;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, dependencies }));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run(...npmCommand(args), folder);
  // Its postinstall script, which puts the binary that npm installed into its place.
  await run(process.execPath, ['node_modules/bun/install.js'], folder);
}

/** Where a version of Node is in the folder. */
export function nodeIn(folder: string, version: (typeof nodeVersions)[number]): string {
  return join(folder, 'node_modules', `node${version}`, 'bin', 'node');
}

export function programIn(folder: string, name: string): string {
  return join(folder, 'node_modules', '.bin', name);
}

/** Bytes of the packages as they were installed. */
export async function sizeOf(folder: string, packages: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const name of packages) {
    const root = join(folder, 'node_modules', name);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
    }
  }
  return bytes;
}

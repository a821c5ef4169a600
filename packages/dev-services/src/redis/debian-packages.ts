import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { downloadPackage, privateApt, systemApt, type Apt } from './apt.ts';
import { missingLibraries } from './package-dependencies.ts';
import type { RedisProgram } from './local-server.ts';
import { runCommand } from './run-command.ts';

/**
 * Redis from Debian's (or Ubuntu's) own packages, unpacked into the cache: no root, nothing installed. Resolves to
 * undefined where the system has no apt; throws where the packages cannot be had or do not run.
 */
export async function redisFromPackages(
  cacheDir: string,
  onStep: (message: string) => void,
): Promise<RedisProgram | undefined> {
  const apt = await runCommand('apt-get', ['--version']);
  const dpkg = await runCommand('dpkg-deb', ['--version']);
  if (apt.code !== 0 || dpkg.code !== 0) return undefined;
  const target = join(cacheDir, 'redis', `debian-${arch()}`);
  const cached = await programIn(target);
  if (cached) return cached;
  onStep('unpacking Redis from the system’s packages into the cache, once');
  await mkdir(join(cacheDir, 'redis'), { recursive: true });
  // Beside the target, so that the last step is a rename: another process sees all of it or nothing.
  const staging = await mkdtemp(join(cacheDir, 'redis', '.staging-'));
  try {
    const root = join(staging, 'root');
    await downloadAndUnpack(staging, root);
    if (!(await programIn(root))) throw new Error('The unpacked redis-server does not run on this system.');
    await moveIntoPlace(root, target);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const program = await programIn(target);
  if (!program) throw new Error(`redis-server in ${target} does not run.`);
  return program;
}

/** The unpacked server, if it is there and runs: a system upgrade may have left the cached one without its libraries. */
async function programIn(root: string): Promise<RedisProgram | undefined> {
  const program = { command: join(root, 'usr', 'bin', 'redis-server'), libraryPath: await libraryPath(root) };
  const env = { ...process.env, LD_LIBRARY_PATH: program.libraryPath };
  const { code } = await runCommand(program.command, ['--version'], { env });
  return code === 0 ? program : undefined;
}

/** Debian keeps libraries in a folder named after the architecture, such as `usr/lib/x86_64-linux-gnu`. */
async function libraryPath(root: string): Promise<string> {
  const folders: string[] = [];
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    folders.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name)));
  }
  return folders.join(':');
}

async function moveIntoPlace(root: string, target: string): Promise<void> {
  try {
    await rename(root, target);
  } catch (error) {
    // Another process was first: its copy serves. One that does not run any more makes room.
    if (await programIn(target)) return;
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    await rm(target, { recursive: true, force: true });
    await rename(root, target);
  }
}

async function downloadAndUnpack(staging: string, root: string): Promise<void> {
  const failure = await unpackWith(systemApt, staging, root);
  if (failure === undefined) return;
  // Package lists are missing or older than what the mirror still has: fetch lists of our own, without root.
  const apt = await privateApt(join(staging, 'apt'));
  const again = await unpackWith(apt, staging, root);
  if (again !== undefined) throw new Error(again);
}

/** Resolves to what went wrong, or undefined. */
async function unpackWith(apt: Apt, staging: string, root: string): Promise<string | undefined> {
  // The first holds the name `redis-server`, the second the program itself.
  const wanted = ['redis-server', 'redis-tools'];
  const done = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const download = await downloadPackage(apt, name, await mkdtemp(join(staging, 'deb-')));
    if ('failure' in download) return download.failure;
    const unpacked = await runCommand('dpkg-deb', ['-x', download.path, root]);
    if (unpacked.code !== 0) return `${name} could not be unpacked: ${unpacked.stderr}`;
    wanted.push(...(await missingLibraries(download.path)));
  }
  return undefined;
}

import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import type { RedisProgram } from './redis-server.ts';
import { runCommand } from './run-command.ts';

/**
 * Redis from Debian's (or Ubuntu's) own packages, unpacked into the cache: no root, nothing installed. Resolves to
 * undefined if the system has no apt; throws if the packages cannot be fetched or do not run.
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
  // Next to the target, so that the last step is a rename: other processes see all of it or nothing.
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

/** The unpacked server, if it exists and runs: a system upgrade may have broken the cached one's libraries. */
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
    // Another process was first: use its copy. A copy that no longer runs is replaced.
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
  // Package lists are missing, or older than what the mirror still has: fetch our own, without root.
  const apt = await privateApt(join(staging, 'apt'));
  const again = await unpackWith(apt, staging, root);
  if (again !== undefined) throw new Error(again);
}

/** Resolves to what went wrong, or undefined. */
async function unpackWith(apt: Apt, staging: string, root: string): Promise<string | undefined> {
  // The first package has the name `redis-server`, the second the program itself.
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

/** How to call apt-get: with the system's package lists, or with our own in a private folder. */
interface Apt {
  readonly options: readonly string[];
}

const networkOptions = [
  '-o',
  'Acquire::Retries=2',
  '-o',
  'Acquire::http::Timeout=20',
  '-o',
  'Acquire::https::Timeout=20',
];

const systemApt: Apt = { options: networkOptions };

/** Fetches the package lists of the system's sources into `folder`. A failing source does not stop the others. */
async function privateApt(folder: string): Promise<Apt> {
  const state = join(folder, 'state');
  const cache = join(folder, 'cache');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const places = [`Dir::State=${state}`, `Dir::Cache=${cache}`, 'Dir::State::status=/var/lib/dpkg/status'];
  // The user that apt would switch to cannot write to our folder.
  const settings = [...places, 'APT::Sandbox::User=root', 'Acquire::Languages=none'];
  const options = [...networkOptions, ...settings.flatMap((setting) => ['-o', setting])];
  await runCommand('apt-get', [...options, 'update'], { timeoutMs: 120_000 });
  return { options };
}

/** Downloads one package's .deb into an empty folder. */
async function downloadPackage(
  apt: Apt,
  name: string,
  folder: string,
): Promise<{ path: string } | { failure: string }> {
  const result = await runCommand('apt-get', [...apt.options, 'download', name], { cwd: folder, timeoutMs: 120_000 });
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb'));
  if (result.code === 0 && file !== undefined) return { path: join(folder, file) };
  const reason = result.stderr.split('\n').find((line) => line.startsWith('E:')) ?? result.stderr.trim();
  return { failure: `apt-get download ${name} failed: ${reason}` };
}

/** The shared-library packages that a .deb needs and this system lacks. */
async function missingLibraries(debPath: string): Promise<string[]> {
  const { stdout } = await runCommand('dpkg-deb', ['--field', debPath, 'Depends']);
  const missing: string[] = [];
  for (const alternatives of libraryDependencies(stdout)) {
    const [first] = alternatives;
    if (first !== undefined && !(await anyInstalled(alternatives))) missing.push(first);
  }
  return missing;
}

/**
 * The library dependencies in a `Depends` field, each a list of alternatives. Service setup (adduser, init scripts)
 * matters to an installed Redis, not to one that is merely run. Syntax: deb-control(5).
 */
export function libraryDependencies(field: string): string[][] {
  return field
    .split(',')
    .map((dependency) => dependency.split('|').map((alternative) => alternative.trim().split(/[\s:(]/)[0] ?? ''))
    .filter(([first]) => first?.startsWith('lib') === true);
}

async function anyInstalled(names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const { code, stdout } = await runCommand('dpkg-query', ['--show', '--showformat=${db:Status-Status}\n', name]);
    if (code === 0 && stdout.split('\n').includes('installed')) return true;
  }
  return false;
}

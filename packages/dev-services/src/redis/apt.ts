import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** How to call apt-get: with the system's package lists, or with lists in a folder of ours. */
export interface Apt {
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

export const systemApt: Apt = { options: networkOptions };

/** Fetches the lists of the system's own package sources into `folder`. A source that fails does not stop the others. */
export async function privateApt(folder: string): Promise<Apt> {
  const state = join(folder, 'state');
  const cache = join(folder, 'cache');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const places = [`Dir::State=${state}`, `Dir::Cache=${cache}`, 'Dir::State::status=/var/lib/dpkg/status'];
  // The user apt would drop to cannot write into a folder of ours.
  const settings = [...places, 'APT::Sandbox::User=root', 'Acquire::Languages=none'];
  const options = [...networkOptions, ...settings.flatMap((setting) => ['-o', setting])];
  await runCommand('apt-get', [...options, 'update'], { timeoutMs: 120_000 });
  return { options };
}

/** Downloads one package's .deb into an empty folder. */
export async function downloadPackage(
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

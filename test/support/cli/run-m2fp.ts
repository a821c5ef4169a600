import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { samplePhotos } from '@m2fp/dev-services';

export const launcher = fileURLToPath(new URL('../../../apps/cli/bin/m2fp.js', import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  kill(signal: NodeJS.Signals): void;
  /** Its output so far, on both streams. */
  output(): string;
  readonly ended: Promise<CliRun>;
}

/**
 * `m2fp` as users run it, in its own process.
 * @param files what it has in place of an empty standard input and of pipes, as file descriptors
 */
export function startM2fp(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  files: { readonly stdin?: number; readonly stdout?: number } = {},
): CliProcess {
  const env = { ...process.env, NO_COLOR: '1', THREADS: '1', ...environment };
  const { stdin = 'ignore', stdout: out = 'pipe' } = files;
  const child = spawn(process.execPath, [launcher, ...args], { env, stdio: [stdin, out, 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { kill: (signal) => void child.kill(signal), output: () => stdout + stderr, ended };
}

export function runM2fp(...args: readonly string[]): Promise<CliRun> {
  return startM2fp(args).ended;
}

export function goldenDir(folder: 'people' | 'edge' | 'single'): string {
  return fileURLToPath(new URL(`../../golden/${folder}`, import.meta.url));
}

/** The path of a sample photo, 1 to 6; the first has 3 people. */
export function samplePhoto(number: number): string {
  const photo = samplePhotos()[number - 1];
  if (photo === undefined) throw new Error(`There is no sample photo ${number}.`);
  return photo.path;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../../apps/cli/bin/m2fp.js', import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  kill(signal: NodeJS.Signals): void;
  /** What it has said so far on both streams. */
  output(): string;
  readonly ended: Promise<CliRun>;
}

/** `m2fp` as users run it: a process of its own. */
export function startM2fp(args: readonly string[], environment: NodeJS.ProcessEnv = {}): CliProcess {
  const env = { ...process.env, NO_COLOR: '1', THREADS: '1', ...environment };
  const child = spawn(process.execPath, [launcher, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { kill: (signal) => void child.kill(signal), output: () => stdout + stderr, ended };
}

export function runM2fp(...args: readonly string[]): Promise<CliRun> {
  return startM2fp(args).ended;
}

export function goldenDir(folder: 'people' | 'edge' | 'single'): string {
  return fileURLToPath(new URL(`../../golden/${folder}`, import.meta.url));
}

/** One of the photos that a development dependency ships; 3 people on the first. */
export function samplePhoto(number: number): string {
  const packageDir = dirname(fileURLToPath(import.meta.resolve('@vladmandic/face-api/package.json')));
  return join(packageDir, 'demo', `sample${number}.jpg`);
}

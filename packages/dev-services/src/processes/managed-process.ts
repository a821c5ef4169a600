import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchOver } from './reaper.ts';
import { isGroupAlive, signalGroup } from './process-group.ts';

export interface ManagedProcessOptions {
  /** The child's whole environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Called with each line of standard output and standard error. */
  readonly onLine?: ((line: string, from: 'stdout' | 'stderr') => void) | undefined;
}

export interface ManagedProcess {
  readonly pid: number;
  /** Resolves when it has ended, with how. */
  readonly exited: Promise<ProcessEnd>;
  /** The last lines of its output, for an error message. */
  readonly recentOutput: () => string;
  /**
   * SIGTERM, then SIGKILL after `graceMs`, to it and its descendants; resolves when all are gone. Idempotent. On
   * Windows, which has no SIGTERM, they end at once.
   */
  stop(graceMs?: number): Promise<void>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const recentLines = 20;

/**
 * Starts a program in its own process group: a Ctrl-C in the terminal is ours to forward. It ends with this process,
 * however that ends. Throws if the program cannot be started.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ManagedProcessOptions = {},
): Promise<ManagedProcess> {
  // Windows ends the children of a process that dies, unless they are detached.
  const detached = process.platform !== 'win32';
  const spawnOptions: SpawnOptions = { detached, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true };
  if (options.env !== undefined) spawnOptions.env = options.env;
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  const child = spawn(command, [...args], spawnOptions);
  const exited = endOf(child);
  const pid = child.pid;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  }
  const watch = watchOver({ kind: 'process-group', pid });
  const recent: string[] = [];
  const follow = (stream: Readable | null, from: 'stdout' | 'stderr'): void => {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      recent.push(line);
      if (recent.length > recentLines) recent.shift();
      options.onLine?.(line, from);
    });
  };
  follow(child.stdout, 'stdout');
  follow(child.stderr, 'stderr');

  const stop = async (graceMs = 10_000): Promise<void> => {
    // Only the process itself is asked, where it can be: it knows the order in which its children should end.
    if (process.platform === 'win32') signalGroup(pid, 'SIGTERM');
    else child.kill('SIGTERM');
    await endGroup(pid, exited, graceMs);
    watch.forget();
  };
  return { pid, exited, recentOutput: () => recent.join('\n'), stop };
}

/** How long to wait for a process's last output after it ends; a descendant may keep the pipe open for longer. */
const lastOutputMs = 200;

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const end = { code, signal };
      child.once('close', () => resolve(end));
      setTimeout(() => resolve(end), lastOutputMs);
    });
  });
}

/** For descendants that outlive the process. */
const descendantsMs = 500;

async function endGroup(pid: number, exited: Promise<unknown>, graceMs: number): Promise<void> {
  const grace = new AbortController();
  await Promise.race([exited, sleep(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
  grace.abort();
  signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + descendantsMs;
  while (isGroupAlive(pid) && Date.now() < deadline) await sleep(20);
  signalGroup(pid, 'SIGKILL');
  await exited;
  const gone = Date.now() + descendantsMs;
  while (isGroupAlive(pid) && Date.now() < gone) await sleep(20);
}

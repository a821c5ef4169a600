import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchOver } from '../reaper/reaper.ts';
import { isGroupAlive, signalGroup } from './process-group.ts';

export interface ManagedProcessOptions {
  /** The child's whole environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Called with each line of standard output and standard error. */
  readonly onLine?: (line: string, from: 'stdout' | 'stderr') => void;
}

export interface ManagedProcess {
  readonly pid: number;
  /** Resolves when it has ended, with what to tell about it. */
  readonly exited: Promise<ProcessEnd>;
  /** The newest lines of its output, for an error message. */
  readonly recentOutput: () => string;
  /** SIGTERM, then SIGKILL after `graceMs`, to it and its descendants; resolves when all are gone. Safe to repeat. */
  stop(graceMs?: number): Promise<void>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const recentLines = 20;

/**
 * Starts a program in a process group of its own (Ctrl-C in the terminal is ours to pass on) that ends with this
 * process, whatever ends it. Throws if the program cannot be started.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ManagedProcessOptions = {},
): Promise<ManagedProcess> {
  const spawnOptions: SpawnOptions = { detached: true, stdio: ['ignore', 'pipe', 'pipe'] };
  if (options.env !== undefined) spawnOptions.env = options.env;
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  const child = spawn(command, [...args], spawnOptions);
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} did not start.`);
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
    signalGroup(pid, 'SIGTERM');
    await endGroup(pid, graceMs);
    await exited;
    watch.forget();
  };
  return { pid, exited, recentOutput: () => recent.join('\n'), stop };
}

/** A dead process whose new parent does not collect it still counts as alive: hence the second limit. */
const afterKillMs = 2_000;

async function endGroup(pid: number, graceMs: number): Promise<void> {
  const startedAt = Date.now();
  let killed = false;
  while (isGroupAlive(pid)) {
    const elapsedMs = Date.now() - startedAt;
    if (elapsedMs >= graceMs + afterKillMs) return;
    if (elapsedMs >= graceMs && !killed) killed = signalGroup(pid, 'SIGKILL');
    await sleep(20);
  }
}

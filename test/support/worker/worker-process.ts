import { startProcess, type ManagedProcess } from '@m2fp/dev-services';
import { expect, inject } from 'vitest';
import type { PoolStats } from '@m2fp/core/process';
import { isAlive } from '../../../packages/core/testing/process/is-alive.ts';
import { systemEnvironment } from '../system-environment.ts';
import { until } from './until.ts';

/** What `GET /stats` reports. */
export interface WorkerStats {
  readonly rssBytes: number;
  readonly eventLoopDelayMs: { readonly mean: number; readonly p99: number; readonly max: number };
  readonly jobs: Record<'active' | 'succeeded' | 'failed' | 'retried' | 'handedBack', number>;
  readonly parsers: PoolStats;
}

export interface WorkerProcess extends ManagedProcess {
  readonly healthUrl: string;
  /** Lines of its log, parsed, oldest first. */
  readonly log: readonly Record<string, unknown>[];
  /** All of its output so far. */
  output(): string;
  stats(): Promise<WorkerStats>;
  /** Resolves to the pid of a parser process that is working on a photo. */
  busyParser(): Promise<number>;
}

/** `scripted`: its parser processes do what the photo's bytes say. `real`: the worker as users run it. */
type WorkerKind = 'scripted' | 'real';

/** When a test ends, there may be photos that never finish. */
const impatience = { SHUTDOWN_TIMEOUT_MS: '500' };

const started: WorkerProcess[] = [];

/** Starts a worker in its own process and waits until its health port answers. */
export async function startWorkerProcess(kind: WorkerKind, env: NodeJS.ProcessEnv): Promise<WorkerProcess> {
  const { scriptedWorker, worker: realWorker } = inject('programs');
  const program = kind === 'scripted' ? scriptedWorker : realWorker;
  const log: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const managed = await startProcess(process.execPath, [program], {
    env: { ...systemEnvironment(), LOG_LEVEL: 'debug', ...(kind === 'scripted' ? impatience : {}), ...env },
    onLine: (line, from) => {
      lines.push(line);
      if (from === 'stdout') log.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  let ended = false;
  void managed.exited.then(() => (ended = true));
  await until(() => ended || log.some(({ msg }) => msg === 'worker started'));
  const healthUrl = log.find(({ msg }) => msg === 'worker started')?.['health'];
  if (typeof healthUrl !== 'string') throw new Error(`The worker did not start:\n${managed.recentOutput()}`);

  const stats = async (): Promise<WorkerStats> => (await (await fetch(`${healthUrl}/stats`)).json()) as WorkerStats;
  const busyParser = async (): Promise<number> => {
    let pid: number | undefined;
    await until(async () => {
      const { parsers } = await stats();
      pid = parsers.processes.find(({ busy, photos }) => busy && photos > 0)?.pid;
      return pid !== undefined;
    });
    return pid ?? 0;
  };
  const worker = { ...managed, healthUrl, log, output: () => lines.join('\n'), stats, busyParser };
  started.push(worker);
  return worker;
}

/** For `afterEach`: ends what is left, and fails the test if a parser process outlived its worker. */
export async function endWorkers(): Promise<void> {
  const workers = started.splice(0);
  await Promise.all(workers.map((worker) => worker.stop(20_000)));
  const parsers = workers
    .flatMap(({ log }) => log.map(({ parser }) => parser))
    .filter((pid) => typeof pid === 'number');
  expect(parsers.filter(isAlive), 'parser processes that outlived their worker').toEqual([]);
}

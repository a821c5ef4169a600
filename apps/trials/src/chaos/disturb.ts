/** Carries out a schedule. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@m2fp/bench';
import { type DurableRedis, type FaultyS3, s3Faults } from '@m2fp/dev-services/faults';
import type { Replica } from './replica.ts';
import { describeDisturbance, type Disturbance, type Role } from './schedule.ts';

export interface Disturbed {
  readonly replicas: Readonly<Record<Role, readonly Replica[]>>;
  readonly redis: DurableRedis;
  readonly s3: FaultyS3;
}

export interface DisturbSettings {
  readonly seed: number;
  readonly schedule: readonly Disturbance[];
  readonly signal: AbortSignal;
  readonly onStep: (line: string) => void;
}

/** What was done, by kind, such as `kill worker`. */
export type Done = Record<string, number>;

/** How long to look for a parser process: its worker may just have started, on a busy machine. */
const parserMs = 60_000;

/** Resolves when all is over: everything runs, nothing is cut off or in trouble. Throws the signal's reason. */
export async function disturb(target: Disturbed, settings: DisturbSettings): Promise<Done> {
  const { schedule, signal, onStep, seed } = settings;
  const done: Done = {};
  const random = new Random(seed, 2);
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  for (const disturbance of schedule) {
    const waitMs = disturbance.atMs - (performance.now() - startedAt);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    signal.throwIfAborted();
    onStep(describeDisturbance(disturbance));
    running.push(
      apply(disturbance, target, random).then((isDone) => {
        const name = nameOf(disturbance);
        if (isDone) done[name] = (done[name] ?? 0) + 1;
      }),
    );
  }
  await Promise.all(running);
  return done;
}

function nameOf(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'kill':
    case 'pause':
      return `${disturbance.kind} ${disturbance.role}`;
    case 'kill-parser':
      return 'kill parser';
    case 'kill-redis':
      return 'kill Redis';
    case 'cut-off':
      return `cut ${disturbance.role} off from ${disturbance.from}`;
    case 's3-trouble':
      return 'trouble of S3';
  }
}

/** Resolves when it is over, to false if there was nothing to disturb. */
async function apply(disturbance: Disturbance, { replicas, redis, s3 }: Disturbed, random: Random): Promise<boolean> {
  switch (disturbance.kind) {
    case 'kill':
      return replicas[disturbance.role][disturbance.replica]?.kill(disturbance.downMs) ?? false;
    case 'kill-parser':
      return killParser(replicas.worker[disturbance.replica]);
    case 'kill-redis':
      // On a busy machine it may not be back from the last time.
      if (!(await redis.kill())) return false;
      await sleep(disturbance.downMs);
      await redis.start();
      return true;
    case 'pause':
      return (await replicas[disturbance.role][disturbance.replica]?.pause(disturbance.forMs)) ?? false;
    case 'cut-off': {
      const link = replicas[disturbance.role][disturbance.replica]?.links[disturbance.from];
      if (disturbance.how === 'reset') link?.disconnect();
      else link?.silence();
      await sleep(disturbance.forMs);
      link?.connectTo();
      return true;
    }
    case 's3-trouble':
      s3.fault = () => (random.chance(disturbance.share) ? random.pick(s3Faults) : undefined);
      await sleep(disturbance.forMs);
      s3.fault = () => undefined;
      s3.release();
      return true;
  }
}

async function killParser(worker: Replica | undefined): Promise<boolean> {
  const until = Date.now() + parserMs;
  while (worker !== undefined && Date.now() < until) {
    const [pid] = await worker.parsers();
    if (pid !== undefined) {
      try {
        process.kill(pid, 'SIGKILL');
        return true;
      } catch {
        // It has just ended.
      }
    }
    await sleep(100);
  }
  return false;
}

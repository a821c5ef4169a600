/** One backlog from its first photo until the last worker has ended, with a fixed fleet or by a policy. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { M2fpClient } from '@m2fp/client';
import { modelName } from '@m2fp/contract';
import type { Fleet } from '@m2fp/dev-services/fleet';
import type { ObjectStorage } from '@m2fp/storage';
import { type BacklogOutcome, runBacklog } from './backlog-load.ts';
import type { Seen } from './horizontal-rule.ts';
import { createAutoscaler, type ScaledObject } from './keda-rule.ts';
import { policies, type PolicyName, type PolicyTimes } from './policies.ts';
import { createWorkerFleet, type WorkerEnds, type WorkerFleet } from './worker-fleet.ts';

export interface AutoscaleOptions {
  /** A name, or a bundle's folder as an absolute path. */
  readonly model: string;
  readonly photos: number;
  readonly max: number;
  /** Photos per worker. */
  readonly target: number;
  readonly graceSeconds: number;
  readonly policies: readonly PolicyName[];
}

export interface Trial {
  /** `fixed`, or the policy. */
  readonly name: string;
  readonly outcome: BacklogOutcome;
  /** Until no photo was left. */
  readonly workerSeconds: number;
  /** Until no worker was left, which a fixed fleet ends at once. */
  readonly workerSecondsInAll: number;
  readonly mostWorkers: number;
  readonly ends: WorkerEnds;
  /** Since the first create, s; before that, the time is negative. */
  readonly workers: readonly { readonly atS: number; readonly workers: number }[];
  readonly backlog: readonly { readonly atS: number; readonly photos: number }[];
}

export interface Services {
  readonly fleet: Fleet;
  readonly client: M2fpClient;
  readonly storage: ObjectStorage;
  readonly keys: readonly string[];
  readonly options: AutoscaleOptions;
  readonly signal: AbortSignal;
}

/** For photos that do not count. */
export const warmUpPrefix = 'results/warm-up/';

/** All workers are there before the first photo, with their model loaded, and end after the last one. */
export async function fixedTrial(services: Services): Promise<Trial> {
  const { options, signal, client, keys } = services;
  const workers = startWorkers(services);
  workers.scaleTo(options.max);
  await Promise.all(services.fleet.members(applicationOf(options)).map((each) => each.waitUntilReady(signal)));
  const warmUps = Array.from({ length: 2 * options.max }, (_, i) => ({ key: keys[i % keys.length] ?? '' }));
  await Promise.all(warmUps.map((photo) => client.parse(photo, { output: { prefix: warmUpPrefix }, signal })));
  const before = workers.workerSeconds();
  const watched = watch(services, workers);
  const { outcome, atDone } = await drive(services, 'fixed', workers);
  const workerSeconds = atDone - before;
  await workers.stop();
  return { name: 'fixed', outcome, workerSeconds, workerSecondsInAll: workerSeconds, ...(await watched.end()) };
}

/** Nobody is there at first. The photos come right after a look at the backlog: as late as can be. */
export async function scaledTrial(services: Services, name: PolicyName): Promise<Trial> {
  const { options, client, signal } = services;
  const workers = startWorkers(services);
  const scaling = new AbortController();
  const read = async (): Promise<number> => (await client.models.backlog(modelName(options.model), { signal })).photos;
  const scaled = { ...policies[name], max: options.max, target: options.target };
  const player = play(scaled, workers, read, AbortSignal.any([signal, scaling.signal]));
  const watched = watch(services, workers);
  const { outcome, atDone: workerSeconds } = await drive(services, name, workers);
  const patience = AbortSignal.any([signal, AbortSignal.timeout(2 * tailMs(policies[name]))]);
  while (workers.replicas > 0) await sleep(200, undefined, { signal: patience });
  scaling.abort();
  await player;
  await workers.stop();
  const workerSecondsInAll = workers.workerSeconds();
  return { name, outcome, workerSeconds, workerSecondsInAll, ...(await watched.end()) };
}

/** How long workers may stay after the last photo. */
function tailMs({ cooldownS, pollingIntervalS, behavior }: PolicyTimes): number {
  return (cooldownS + pollingIntervalS + behavior.scaleDown.stabilizationS + 60) * 1_000;
}

/** KEDA's and the HorizontalPodAutoscaler's loops, each with its own period. Resolves when `signal` aborts. */
async function play(
  scaled: ScaledObject,
  workers: WorkerFleet,
  read: () => Promise<number>,
  signal: AbortSignal,
): Promise<void> {
  const autoscaler = createAutoscaler(scaled);
  const startedAt = performance.now();
  const loop = async (periodS: number, decide: (seen: Seen) => number): Promise<void> => {
    for (let turn = 0; !signal.aborted; turn++) {
      const metric = await read().catch(() => undefined);
      // On time, as the rule's own periods are: what reading took must not make one last into the next turn.
      const atS = turn * periodS;
      // Without an answer nothing changes, as with KEDA.
      if (metric !== undefined && !signal.aborted) workers.scaleTo(decide({ atS, metric, replicas: workers.replicas }));
      const waitMs = startedAt + (turn + 1) * periodS * 1_000 - performance.now();
      await sleep(Math.max(0, waitMs), undefined, { signal }).catch(() => undefined);
    }
  };
  await Promise.all([
    loop(scaled.pollingIntervalS, (seen) => autoscaler.poll(seen)),
    loop(scaled.syncPeriodS, (seen) => autoscaler.sync(seen)),
  ]);
}

async function drive(
  { client, storage, keys, options, signal }: Services,
  name: string,
  workers: WorkerFleet,
): Promise<{ outcome: BacklogOutcome; atDone: number }> {
  let atDone = 0;
  const { photos } = options;
  const load = { client, storage, keys, photos, signal, model: modelName(options.model) };
  const outcome = await runBacklog({ ...load, resultsPrefix: `results/${name}/` }, () => {
    atDone = workers.workerSeconds();
  });
  return { outcome, atDone };
}

function applicationOf({ model }: AutoscaleOptions): 'worker' | 'stand-in-worker' {
  return /^stand-in-\d+$/.test(model) ? 'stand-in-worker' : 'worker';
}

function startWorkers({ fleet, options }: Services): WorkerFleet {
  // One core each, so that the second of a worker is worth the same however many there are.
  const env = { THREADS: '1', PARSER_PROCESSES: '1' };
  return createWorkerFleet({ fleet, application: applicationOf(options), env, graceS: options.graceSeconds });
}

const watchMs = 1_000;

/** The backlog over time, from now on. */
function watch({ client, options, signal }: Services, workers: WorkerFleet) {
  const startedAt = Date.now();
  const backlog: { atS: number; photos: number }[] = [];
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const seen = await client.models.backlog(modelName(options.model), { signal }).catch(() => undefined);
      if (seen !== undefined) backlog.push({ atS: (Date.now() - startedAt) / 1_000, photos: seen.photos });
      await sleep(watchMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return {
    async end() {
      ended.abort();
      await watching;
      const history = workers.history.map(({ at, workers: count }) => ({
        atS: (at - startedAt) / 1_000,
        workers: count,
      }));
      const mostWorkers = Math.max(0, ...history.map((each) => each.workers));
      return { workers: history, backlog, mostWorkers, ends: workers.ends };
    },
  };
}

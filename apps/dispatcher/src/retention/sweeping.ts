/** What a dispatcher does now and then so that nothing is kept forever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { redisKeys } from '@m2fp/contract';
import type { Batches } from '@m2fp/queue/batches';
import { PendingUploads } from '@m2fp/queue/retention';
import type { Logger } from '@m2fp/service/logger';
import type { ObjectStorage } from '@m2fp/storage';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DispatcherConfig } from '../config.ts';
import type { FinishedJobs } from '../jobs/finished-jobs.ts';
import type { DispatcherMetrics } from '../metrics.ts';
import { removeAbandoned } from './abandoned-uploads.ts';
import { readNeeded } from './needed-objects.ts';
import { OldObjects, type SweptPrefix } from './old-objects.ts';
import { Stragglers } from './stragglers.ts';

export interface SweepingParts {
  readonly redis: Redis;
  readonly queues: { readonly parse: Queue; readonly batches: Queue };
  readonly batches: Batches;
  readonly storage: ObjectStorage;
  readonly finished: FinishedJobs;
  readonly metrics: Pick<DispatcherMetrics, 'removed'>;
  readonly log: Logger;
}

/** Until `stop`, which resolves once nothing is running. */
export function startSweeping(config: DispatcherConfig, parts: SweepingParts): { stop(): Promise<void> } {
  const { redis, queues, batches, storage, finished, metrics, log } = parts;
  const { uploadPrefix } = config.prefixes;
  const keys = redisKeys(config.redis.prefix);
  const common = { redis, storage, queue: queues.parse, timeoutMs: config.s3.timeoutMs, log };
  const stragglers = new Stragglers({
    ...common,
    handle: (id) => finished.handle(id),
    retentionS: config.queue.retentionS,
  });
  const oldObjects = new OldObjects({
    ...common,
    keys,
    swept: sweptPrefixes(config),
    readNeeded: () => readNeeded({ redis, queue: queues.parse, batchQueue: queues.batches, batches, uploadPrefix }),
    onRemoved: metrics.removed,
  });
  const uploads = new PendingUploads(redis, keys);
  const sweeps: Readonly<Record<string, Sweep>> = {
    'ended jobs': (signal) => stragglers.run(signal),
    'abandoned uploads': async (signal) => {
      metrics.removed('abandoned', await removeAbandoned({ ...common, uploads }, signal));
    },
    'old objects': (signal) => oldObjects.run(signal),
  };
  return sweepEvery(config.retention.sweepMs, sweeps, log);
}

function sweptPrefixes({ prefixes, retention: { resultsS, uploadsS } }: DispatcherConfig): SweptPrefix[] {
  return [
    ...(resultsS === undefined
      ? []
      : [{ kind: 'results' as const, prefix: prefixes.outputPrefix, retentionS: resultsS }]),
    ...(uploadsS === undefined
      ? []
      : [{ kind: 'uploads' as const, prefix: prefixes.uploadPrefix, retentionS: uploadsS }]),
  ];
}

/** A bounded step. What it throws is logged, and it runs again at the next turn. */
type Sweep = (signal: AbortSignal) => Promise<unknown>;

/** Runs all of them now, and again `ms` after each turn. `stop` resolves once none is running. */
function sweepEvery(ms: number, sweeps: Readonly<Record<string, Sweep>>, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      for (const [step, sweep] of Object.entries(sweeps)) {
        await sweep(signal).catch((error: unknown) => {
          if (!signal.aborted) log.warn({ step, err: error }, 'a sweep failed');
        });
      }
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

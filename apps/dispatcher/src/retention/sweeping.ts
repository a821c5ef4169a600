/** What a dispatcher does now and then so that nothing is kept forever. */
import { redisKeys } from '@m2fp/contract';
import type { Batches } from '@m2fp/queue/batches';
import { PendingUploads } from '@m2fp/queue/retention';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
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

/** Does all of it now, and again a while after each turn. */
export function startSweeping(config: DispatcherConfig, parts: SweepingParts): Routine {
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
  // Each is a bounded step; one that fails keeps no other from its turn.
  const sweeps: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
    'ended jobs': (signal) => stragglers.run(signal),
    'abandoned uploads': async (signal) => {
      metrics.removed('abandoned', await removeAbandoned({ ...common, uploads }, signal));
    },
    'old objects': (signal) => oldObjects.run(signal),
  };
  const sweepAll = async (signal: AbortSignal): Promise<void> => {
    for (const [step, sweep] of Object.entries(sweeps)) {
      await sweep(signal).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ step, err: error }, 'a sweep failed');
      });
    }
  };
  return repeatEvery(config.retention.sweepMs, sweepAll, () => undefined);
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

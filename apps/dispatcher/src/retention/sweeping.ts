/** What a dispatcher does now and then so that nothing is kept forever. */
import { redisKeys } from '@m2fp/contract';
import type { ApiKeys } from '@m2fp/queue/access';
import type { ModelRegistry } from '@m2fp/queue/models';
import { PendingUploads } from '@m2fp/queue/retention';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import type { ObjectStorage } from '@m2fp/storage';
import type { Redis } from 'ioredis';
import type { DispatcherConfig } from '../config.ts';
import type { DispatcherMetrics } from '../metrics.ts';
import type { ServedModel } from '../models/serve-model.ts';
import type { ServedModels } from '../models/served-models.ts';
import { removeAbandoned } from './abandoned-uploads.ts';
import { readNeeded } from './needed-objects.ts';
import { OldObjects, type SweptPrefix } from './old-objects.ts';
import { OwnerSlots } from './owner-slots.ts';

export interface SweepingParts {
  readonly redis: Redis;
  readonly served: ServedModels;
  readonly registry: Pick<ModelRegistry, 'expect'>;
  readonly storage: ObjectStorage;
  readonly apiKeys: Pick<ApiKeys, 'list'>;
  readonly metrics: Pick<DispatcherMetrics, 'removed' | 'leaked' | 'slots'>;
  readonly log: Logger;
}

/** Does all of it now, and again a while after each turn. */
export function startSweeping(config: DispatcherConfig, parts: SweepingParts): Routine {
  const { redis, served, registry, storage, metrics, log } = parts;
  const { uploadPrefix } = config.prefixes;
  const keys = redisKeys(config.redis.prefix);
  const common = { redis, storage, timeoutMs: config.s3.timeoutMs, log };
  // What the queues of a model that is not known yet need, or have, must not be removed.
  const readModels = async (): Promise<readonly ServedModel[]> => {
    await served.refresh();
    return served.all();
  };
  const oldObjects = new OldObjects({
    ...common,
    keys,
    swept: sweptPrefixes(config),
    readNeeded: () => readNeeded({ redis, readModels, uploadPrefix }),
    onRemoved: metrics.removed,
  });
  const uploads = new PendingUploads(redis, keys);
  const slots = new OwnerSlots({
    ...{ redis, keys, apiKeys: parts.apiKeys, onLeaked: metrics.leaked, onLooked: metrics.slots },
    readQueues: async () => (await readModels()).map(({ queues }) => queues.parse),
  });
  // Each is a bounded step; one that fails keeps no other from its turn.
  const sweeps: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
    'ended jobs': async (signal) => {
      for (const { stragglers } of served.all()) await stragglers.run(signal);
    },
    'abandoned uploads': async (signal) => {
      const queues = (await readModels()).map((model) => model.queues.parse);
      metrics.removed('abandoned', await removeAbandoned({ ...common, uploads, queues }, signal));
    },
    'old objects': (signal) => oldObjects.run(signal),
    // After the ended jobs, which give theirs back.
    slots: (signal) => slots.run(signal),
    models: () => keepModels(served, registry),
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

/** A model is not forgotten as long as there is something on its queues. */
async function keepModels(served: ServedModels, registry: Pick<ModelRegistry, 'expect'>): Promise<void> {
  for (const { name, queues } of served.all()) {
    const counts = await Promise.all([queues.parse.getJobCounts(), queues.batches.getJobCounts()]);
    if (counts.some((states) => Object.values(states).some((jobs) => jobs > 0))) await registry.expect([name]);
  }
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

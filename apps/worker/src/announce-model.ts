/**
 * Tells Redis which model this worker serves and what it is like, at its start and again every minute, so that others
 * can choose it who never see a bundle. A model that cannot be found is not told of: its jobs could only fail.
 */
import { modelName, redisKeys, toAppError, type ModelCard } from '@m2fp/contract';
import { ModelRegistry } from '@m2fp/queue/models';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import type { Redis } from 'ioredis';
import type { WorkerConfig } from './config.ts';

export interface AnnouncedModel {
  /** Of the worker's model. Undefined if there is nothing to tell but its name. */
  readonly readCard: (signal: AbortSignal) => Promise<ModelCard | undefined>;
  /** A connection that fails fast. */
  readonly redis: Redis;
  readonly log: Pick<Logger, 'warn'>;
  /** Default: a minute. */
  readonly everyMs?: number;
}

interface AnnouncingConfig {
  readonly queue: Pick<WorkerConfig['queue'], 'model'>;
  readonly redis: Pick<WorkerConfig['redis'], 'prefix'>;
}

const announceEveryMs = 60_000;
const contested =
  'another worker serves another bundle under this name: requests get either. Rename one of the bundles’ folders';
/** Until Redis is there. */
const lookEveryMs = 500;

export function announceModel(
  { queue, redis: { prefix } }: AnnouncingConfig,
  { readCard, redis, log, everyMs = announceEveryMs }: AnnouncedModel,
): Routine {
  const registry = new ModelRegistry(redis, redisKeys(prefix));
  const name = modelName(queue.model);
  let dueAtMs = 0;
  let told: { readonly card: ModelCard | undefined } | undefined;
  let isContested = false;
  const announce = async (signal: AbortSignal): Promise<void> => {
    if (redis.status !== 'ready' || performance.now() < dueAtMs) return;
    // Also if it fails: what is missing does not appear within a second.
    dueAtMs = performance.now() + everyMs;
    if (told !== undefined) {
      const wasContested = isContested;
      isContested = await registry.isContested(name, told.card);
      // Also while one version replaces another; that ends with the old workers.
      if (isContested && !wasContested) log.warn({ model: name }, contested);
    }
    told ??= { card: await readCard(signal) };
    if (await registry.announce(name, told.card)) return;
    log.warn({ model: name }, 'there are too many models: requests for this one are refused');
  };
  return repeatEvery(lookEveryMs, announce, (error) => {
    log.warn({ code: toAppError(error).code, err: error }, 'the model could not be announced');
  });
}

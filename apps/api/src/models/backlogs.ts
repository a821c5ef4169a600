import { redisKeys } from '@m2fp/contract';
import { readBacklog, type Backlog } from '@m2fp/queue/backlog';
import { Gauge, type Registry } from '@m2fp/service/metrics';
import { cachedBriefly } from '@m2fp/service/probes';
import type { RedisCall } from '@m2fp/service/redis';
import type { Redis } from 'ioredis';
import type { JobQueue } from '../jobs/queue.ts';
import type { Models } from './choose-model.ts';

/** How much work waits for a model's workers, and how many of these there are. */
export interface ModelBacklog extends Backlog {
  readonly model: string;
  /** What workers are needed for: zero only if nothing is. */
  readonly photos: number;
  /** Seconds since the oldest job that waits was created; undefined if none waits. */
  readonly oldestWaitingS: number | undefined;
  /** Undefined if Redis does not list its clients. */
  readonly workers: number | undefined;
}

export interface Backlogs {
  /** Of one model, at most a second old. Throws `QueueUnavailable`. */
  read(model: string): Promise<ModelBacklog>;
  /** Of all models. */
  all(): Promise<readonly ModelBacklog[]>;
}

interface BacklogParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly call: RedisCall;
  readonly models: Pick<Models, 'names'>;
  readonly queue: Pick<JobQueue, 'workers'>;
}

/** However often anyone asks, Redis is asked once a second for each model. */
export function createBacklogs({ redis, prefix, call, models, queue }: BacklogParts): Backlogs {
  const keys = redisKeys(prefix);
  const workers = cachedBriefly(() => queue.workers());
  const readers = new Map<string, () => Promise<ModelBacklog>>();
  const look = async (model: string): Promise<ModelBacklog> => {
    const [backlog, counts] = await Promise.all([call(() => readBacklog(model, { redis, keys, prefix })), workers()]);
    return withSums(model, backlog, counts && (counts.get(model) ?? 0));
  };
  const read = (model: string): Promise<ModelBacklog> => {
    let reader = readers.get(model);
    if (reader === undefined) {
      reader = cachedBriefly(() => look(model));
      readers.set(model, reader);
    }
    return reader();
  };
  return { read, all: () => Promise.all(models.names().map(read)) };
}

export function withSums(model: string, backlog: Backlog, workers: number | undefined): ModelBacklog {
  const { waiting, delayed, active, unqueued, oldestAtMs } = backlog;
  return {
    ...backlog,
    model,
    photos: waiting + delayed + active + unqueued,
    // Clocks of two machines differ a little.
    oldestWaitingS: oldestAtMs === undefined ? undefined : Math.max(0, Date.now() - oldestAtMs) / 1_000,
    workers,
  };
}

/** While Redis is down the series are absent. */
export function registerBacklogs(registry: Registry, backlogs: Pick<Backlogs, 'all'>): void {
  const register = (name: string, help: string, valueOf: (backlog: ModelBacklog) => number | undefined): void => {
    new Gauge({
      ...{ name, help },
      labelNames: ['model'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const backlog of await backlogs.all().catch(() => [])) {
          const value = valueOf(backlog);
          if (value !== undefined) this.set({ model: backlog.model }, value);
        }
      },
    });
  };
  register(
    'm2fp_backlog_photos',
    'Photos that a model’s workers are needed for: waiting, delayed, running, and of open batches.',
    ({ photos }) => photos,
  );
  register(
    'm2fp_backlog_oldest_seconds',
    'Age of the oldest job that waits for a worker of the model; 0 if none does.',
    ({ oldestWaitingS }) => oldestWaitingS ?? 0,
  );
  register('m2fp_batches_open', 'Batches of the model that have not ended.', ({ openBatches }) => openBatches);
  register('m2fp_workers', 'Workers of the model that are connected.', ({ workers }) => workers);
}

import { batchJobId, batchQueueName, redisKeys } from '@m2fp/contract';
import { Batches } from '@m2fp/queue/batches';
import type { BatchPage, BatchRecord, NewBatch } from '@m2fp/queue/batches';
import { openQueue } from '@m2fp/queue/open-queue';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BullQueueSettings } from '../jobs/bullmq-queue.ts';

/** What the routes need of batches. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface BatchStore {
  /** How many have not ended. */
  open(): Promise<number>;
  /** Returns which limit of its owner it would exceed, if any; then it is not created. */
  create(batch: NewBatch): Promise<'batches' | 'photos' | undefined>;
  find(id: string): Promise<BatchRecord | undefined>;
  list(owner: string, cursor: string | undefined, limit: number): Promise<BatchPage>;
  /** How many of its photos are being parsed now. */
  processing(id: string): Promise<number>;
  requestCancel(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Batches in Redis. The connection is the caller's and stays open after `close`. */
export class RedisBatchStore implements BatchStore {
  readonly #call: RedisCall;
  readonly #photos: Queue;
  readonly #queue: Queue;
  readonly #batches: Batches;

  /** @param settings of the model's parse queue */
  constructor(connection: Redis, settings: BullQueueSettings) {
    const { name, prefix, retentionS } = settings;
    this.#call = createRedisCall(connection, settings.timeoutMs);
    this.#photos = openQueue(name, { connection, prefix });
    this.#queue = openQueue(batchQueueName(name), { connection, prefix });
    this.#batches = new Batches(connection, redisKeys(prefix), this.#queue, { retentionS });
  }

  open(): Promise<number> {
    return this.#call(() => this.#queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized'));
  }

  create(batch: NewBatch): Promise<'batches' | 'photos' | undefined> {
    return this.#call(() => this.#batches.create(batch));
  }

  find(id: string): Promise<BatchRecord | undefined> {
    return this.#call(() => this.#batches.find(id));
  }

  list(owner: string, cursor: string | undefined, limit: number): Promise<BatchPage> {
    return this.#call(() => this.#batches.list(owner, cursor, limit));
  }

  processing(id: string): Promise<number> {
    return this.#call(async () => {
      // Both lists are short: the jobs that workers run, and a batch's window.
      const [active, inFlight] = await Promise.all([this.#photos.getRanges(['active']), this.#batches.inFlight(id)]);
      const ours = new Set(inFlight.map((index) => batchJobId(id, index)));
      return active.filter((jobId) => ours.has(jobId)).length;
    });
  }

  requestCancel(id: string): Promise<void> {
    return this.#call(() => this.#batches.requestCancel(id));
  }

  async close(): Promise<void> {
    await Promise.all([this.#photos.close(), this.#queue.close()]);
  }
}

import { batchJobId, batchQueueName, queueName, redisKeys } from '@m2fp/contract';
import { Batches } from '@m2fp/queue/batches';
import type { BatchPage, BatchRecord, NewBatch } from '@m2fp/queue/batches';
import { PerModel } from '@m2fp/queue/models';
import { openQueue } from '@m2fp/queue/open-queue';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BullQueueSettings } from '../jobs/bullmq-queue.ts';
import type { Models } from '../models/choose-model.ts';

/** What the routes need of batches. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface BatchStore {
  /** How many of a model's have not ended. */
  open(model: string): Promise<number>;
  /** Returns which limit of its owner it would exceed, if any; then it is not created. */
  create(batch: NewBatch): Promise<'batches' | 'photos' | undefined>;
  find(id: string): Promise<BatchRecord | undefined>;
  list(owner: string, cursor: string | undefined, limit: number): Promise<BatchPage>;
  /** How many of its photos the model's workers parse now. */
  processing(id: string, model: string): Promise<number>;
  requestCancel(id: string): Promise<void>;
  close(): Promise<void>;
}

/** What each model has of its own. */
interface Line {
  /** Of jobs. */
  readonly photos: Queue;
  /** Of batches. */
  readonly queue: Queue;
  readonly batches: Batches;
}

/** Batches in Redis. The connection is the caller's and stays open after `close`. */
export class RedisBatchStore implements BatchStore {
  readonly #call: RedisCall;
  readonly #lines: PerModel<Line>;
  readonly #defaultModel: string;
  /** For what does not depend on the model. */
  readonly #batches: Batches;

  constructor(
    connection: Redis,
    { prefix, retentionS, timeoutMs }: BullQueueSettings,
    { defaultName }: Pick<Models, 'defaultName'>,
  ) {
    this.#call = createRedisCall(connection, timeoutMs);
    this.#defaultModel = defaultName;
    this.#lines = new PerModel((model) => {
      const photos = openQueue(queueName(model), { connection, prefix });
      const queue = openQueue(batchQueueName(photos.name), { connection, prefix });
      return { photos, queue, batches: new Batches(connection, redisKeys(prefix), queue, { retentionS }) };
    });
    this.#batches = this.#lines.of(defaultName).batches;
  }

  open(model: string): Promise<number> {
    const { queue } = this.#lines.of(model);
    return this.#call(() => queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized'));
  }

  create(batch: NewBatch): Promise<'batches' | 'photos' | undefined> {
    const { batches } = this.#lines.of(batch.spec.model ?? this.#defaultModel);
    return this.#call(() => batches.create(batch));
  }

  find(id: string): Promise<BatchRecord | undefined> {
    return this.#call(() => this.#batches.find(id));
  }

  list(owner: string, cursor: string | undefined, limit: number): Promise<BatchPage> {
    return this.#call(() => this.#batches.list(owner, cursor, limit));
  }

  processing(id: string, model: string): Promise<number> {
    return this.#call(async () => {
      const { photos } = this.#lines.of(model);
      // Both lists are short: the jobs that workers run, and a batch's window.
      const [active, inFlight] = await Promise.all([photos.getRanges(['active']), this.#batches.inFlight(id)]);
      const ours = new Set(inFlight.map((index) => batchJobId(id, index)));
      return active.filter((jobId) => ours.has(jobId)).length;
    });
  }

  requestCancel(id: string): Promise<void> {
    return this.#call(() => this.#batches.requestCancel(id));
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.made().flatMap(({ photos, queue }) => [photos.close(), queue.close()]));
  }
}

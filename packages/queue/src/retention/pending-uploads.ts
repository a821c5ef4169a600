/**
 * Photos that came with a request whose job is not queued yet. They are noted before they are stored, so that a photo
 * is found and removed even if its process dies before there is a job.
 */
import type { RedisKeys } from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export interface PendingUpload {
  /** Of the job that the photo is for. */
  readonly jobId: string;
  /** In the bucket. */
  readonly key: string;
}

/** Longer than any request takes. */
const pendingMs = 3_600_000;
/** One that can be sent again may still queue its job a day later. */
const repeatableMs = 25 * 3_600_000;

export class PendingUploads {
  readonly #redis: Redis;
  readonly #keys: Pick<RedisKeys, 'pendingUploads'>;

  constructor(redis: Redis, keys: Pick<RedisKeys, 'pendingUploads'>) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Before the photo is stored. */
  async add(upload: PendingUpload, { isRepeatable }: { readonly isRepeatable: boolean }): Promise<void> {
    const until = Date.now() + (isRepeatable ? repeatableMs : pendingMs);
    await this.#redis.zadd(this.#keys.pendingUploads, until, memberOf(upload));
  }

  /** Once the job is queued, or the photo is gone. */
  async remove(upload: PendingUpload): Promise<void> {
    await this.#redis.zrem(this.#keys.pendingUploads, memberOf(upload));
  }

  /** Those whose time is over, at most `limit`. */
  async due(limit: number): Promise<PendingUpload[]> {
    const now = String(Date.now());
    const members = await this.#redis.zrange(this.#keys.pendingUploads, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit);
    return members.map((member) => {
      const space = member.indexOf(' ');
      return { jobId: member.slice(0, space), key: member.slice(space + 1) };
    });
  }

  /** Whether its job was queued after all, in whatever state it is. */
  async hasJob({ jobId }: PendingUpload, queues: readonly Pick<Queue, 'toKey'>[]): Promise<boolean> {
    return (await this.#redis.exists(...queues.map((queue) => queue.toKey(jobId)))) > 0;
  }
}

function memberOf({ jobId, key }: PendingUpload): string {
  return `${jobId} ${key}`;
}

import { bounds } from '@m2fp/contract';
import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import type { PastJob } from './queue.ts';

const trimEveryMs = 10_000;

/**
 * Each owner's jobs by creation time, in a sorted set. It outlasts the jobs themselves by as long again as they are
 * kept: a job that is in it and not on the queue has expired.
 */
export class JobHistory {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #keptMs: number;
  /** Owners whose history was trimmed in the current interval. */
  readonly #trimmed = new Set<string>();
  #trimmedSinceMs = 0;

  constructor(redis: Redis, keys: RedisKeys, retentionS: number) {
    this.#redis = redis;
    this.#keys = keys;
    this.#keptMs = 2 * retentionS * 1_000;
  }

  /** To be called before the job is queued, so that no job is missing. */
  async add(owner: string, { id, createdAtMs }: PastJob): Promise<void> {
    const key = this.#keys.jobs(owner);
    const added = this.#redis.zadd(key, createdAtMs, id);
    if (!this.#isTimeToTrim(owner)) return void (await added);
    await Promise.all([
      added,
      this.#redis.zremrangebyscore(key, '-inf', Date.now() - this.#keptMs),
      this.#redis.zremrangebyrank(key, 0, -1 - bounds.jobHistory.max),
      this.#redis.pexpire(key, this.#keptMs),
    ]);
  }

  /** At an owner's first job every ten seconds: it does no harm to keep entries a bit longer. */
  #isTimeToTrim(owner: string): boolean {
    const now = Date.now();
    if (now - this.#trimmedSinceMs > trimEveryMs) this.#trimmed.clear();
    if (this.#trimmed.size === 0) this.#trimmedSinceMs = now;
    const isDue = !this.#trimmed.has(owner);
    this.#trimmed.add(owner);
    return isDue;
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.#redis.zrem(this.#keys.jobs(owner), id);
  }

  async has(owner: string, id: string): Promise<boolean> {
    return (await this.#redis.zscore(this.#keys.jobs(owner), id)) !== null;
  }

  /** Newest first; within a millisecond by id, descending, as Redis sorts them. */
  async page(owner: string, { before, limit }: { before?: PastJob | undefined; limit: number }): Promise<PastJob[]> {
    const page: PastJob[] = [];
    for (let offset = 0; page.length < limit;) {
      const found = await this.#read(owner, before?.createdAtMs, offset, limit);
      const after = before === undefined ? found : found.filter((past) => isAfter(past, before));
      page.push(...after.slice(0, limit - page.length));
      if (found.length < limit) break;
      offset += found.length;
    }
    return page;
  }

  async #read(owner: string, fromMs: number | undefined, offset: number, limit: number): Promise<PastJob[]> {
    const from = fromMs ?? '+inf';
    const key = this.#keys.jobs(owner);
    const flat = await this.#redis.zrevrangebyscore(key, from, '-inf', 'WITHSCORES', 'LIMIT', offset, limit);
    return flat.flatMap((id, index) => (index % 2 === 0 ? [{ id, createdAtMs: Number(flat[index + 1]) }] : []));
  }
}

function isAfter(past: PastJob, before: PastJob): boolean {
  if (past.createdAtMs !== before.createdAtMs) return past.createdAtMs < before.createdAtMs;
  return past.id < before.id;
}

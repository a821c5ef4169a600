import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueuePlace } from './queue.ts';

/** Finished jobs that the mean duration is computed from. */
const sampleSize = 20;
/** Durations change slowly, so they are cached; positions are not. */
const sampleTtlMs = 5_000;
/** Jobs without a priority, which an earlier version queued, are searched one by one, up to this many. */
const searchLength = 1_000;

/**
 * Where jobs wait, and for about how long, as their owners' turns are now. The cost does not depend on how many wait.
 * While any job waits, all workers are busy, so the number of running jobs is what they can run at once.
 */
export class QueuePlaces {
  readonly #redis: Redis;
  readonly #queue: Pick<Queue, 'toKey'>;
  #sample: { readonly meanMs: number | undefined; readonly untilMs: number } = { meanMs: undefined, untilMs: 0 };

  constructor(redis: Redis, queue: Pick<Queue, 'toKey'>) {
    this.#redis = redis;
    this.#queue = queue;
  }

  async find(id: string): Promise<QueuePlace | undefined> {
    const key = (name: string): string => this.#queue.toKey(name);
    const [first, rank, fromEnd, running] = await Promise.all([
      this.#redis.llen(key('wait')),
      this.#redis.zrank(key('prioritized'), id),
      this.#redis.lpos(key('wait'), id, 'RANK', -1, 'MAXLEN', searchLength),
      this.#redis.llen(key('active')),
    ]);
    // Those without a priority go first, from the end of their list.
    const ahead = rank !== null ? first + rank : fromEnd !== null ? first - 1 - fromEnd : undefined;
    if (ahead === undefined) return undefined;
    const meanMs = running === 0 ? undefined : await this.#meanDurationMs();
    const rounds = Math.ceil((ahead + 1) / Math.max(1, running));
    return { position: ahead + 1, estimatedWaitS: meanMs === undefined ? null : (rounds * meanMs) / 1_000 };
  }

  async #meanDurationMs(): Promise<number | undefined> {
    if (Date.now() < this.#sample.untilMs) return this.#sample.meanMs;
    const ids = await this.#redis.zrange(this.#queue.toKey('completed'), -sampleSize, '-1');
    const times = await Promise.all(
      ids.map((id) => this.#redis.hmget(this.#queue.toKey(id), 'processedOn', 'finishedOn')),
    );
    const durations = times.flatMap(([from, to]) => (from == null || to == null ? [] : [Number(to) - Number(from)]));
    const sum = durations.reduce((total, ms) => total + ms, 0);
    const meanMs = durations.length === 0 ? undefined : sum / durations.length;
    this.#sample = { meanMs, untilMs: Date.now() + sampleTtlMs };
    return meanMs;
  }
}

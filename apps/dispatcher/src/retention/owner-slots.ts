/**
 * What owners have of their shares of unfinished jobs and open batches, as Redis counts it, against what there is.
 * Whoever ends a job or a batch gives its slot back; if that process dies just then, or has no Redis, the slot stays
 * taken. The API finds out only once the owner has no other left, so it is looked for here, counted, and given back.
 */
import type { RedisKeys } from '@m2fp/contract';
import type { ApiKeys } from '@m2fp/queue/access';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export type SlotKind = 'jobs' | 'batches';

export interface SlotsInUse {
  readonly used: Readonly<Record<SlotKind, number>>;
  /** Unfinished jobs, and photos without an outcome in open batches. */
  readonly photosByOwner: ReadonlyMap<string, number>;
}

type JobQueue = Pick<Queue, 'toKey'>;

export interface OwnerSlotsParts {
  readonly redis: Redis;
  readonly keys: Pick<RedisKeys, 'runningJobs' | 'openBatches' | 'batch'>;
  readonly apiKeys: Pick<ApiKeys, 'list'>;
  /** The parse queues of all models. Throws if that is not certain. */
  readonly readQueues: () => Promise<readonly JobQueue[]>;
  readonly onLeaked: (kind: SlotKind, count: number) => void;
  readonly onLooked: (found: SlotsInUse) => void;
}

/** For whoever adds or ends something to do the rest. */
const graceMs = 60_000;
/** Of an owner's jobs, the oldest, in one look. */
const jobsLookedAt = 1_000;

type Figures = Readonly<Record<SlotKind | 'photos', number>>;

export class OwnerSlots {
  readonly #parts: OwnerSlotsParts;

  constructor(parts: OwnerSlotsParts) {
    this.#parts = parts;
  }

  /** Looks at every owner who has an API key; others have no shares. Throws what its parts throw. */
  async run(signal: AbortSignal): Promise<void> {
    const { apiKeys, readQueues, onLooked } = this.#parts;
    // Before the queues are read, so that those of all older jobs are among them.
    const before = Date.now() - graceMs;
    const queues = await readQueues();
    const owners = new Set((await apiKeys.list()).map(({ owner }) => owner));
    const all = new Map<string, Figures>();
    for (const owner of owners) {
      if (signal.aborted) return;
      all.set(owner, await this.#look(owner, queues, before));
    }
    const sum = (kind: SlotKind): number => [...all.values()].reduce((total, figures) => total + figures[kind], 0);
    const photosByOwner = new Map([...all].map(([owner, { photos }]) => [owner, photos]));
    onLooked({ used: { jobs: sum('jobs'), batches: sum('batches') }, photosByOwner });
  }

  async #look(owner: string, queues: readonly JobQueue[], before: number): Promise<Figures> {
    const { redis, keys, onLeaked } = this.#parts;
    const jobsKey = keys.runningJobs(owner);
    const batchesKey = keys.openBatches(owner);
    const [jobs, oldest, batches] = await Promise.all([
      redis.zcard(jobsKey),
      redis.zrange(jobsKey, 0, `${jobsLookedAt - 1}`, 'WITHSCORES'),
      redis.hgetall(batchesKey),
    ]);
    const leakedJobs = await this.#endedJobs(oldest, queues, before);
    const leakedBatches = await this.#endedBatches(batches, before);
    // Of several dispatchers that find the same, one counts it.
    const freedJobs = leakedJobs.length === 0 ? 0 : await redis.zrem(jobsKey, ...leakedJobs);
    const freedBatches = leakedBatches.length === 0 ? 0 : await redis.hdel(batchesKey, ...leakedBatches);
    onLeaked('jobs', freedJobs);
    onLeaked('batches', freedBatches);
    const open = Object.entries(batches).filter(([id]) => !leakedBatches.includes(id));
    const photos = open.reduce((total, [, entry]) => total + Number(entry.split(' ')[0]), 0);
    const left = jobs - freedJobs;
    return { jobs: left, batches: open.length, photos: left + photos };
  }

  /** @param pairs ids and when they were added, alternately */
  async #endedJobs(pairs: readonly string[], queues: readonly JobQueue[], before: number): Promise<string[]> {
    const ended: string[] = [];
    let unknown = pairs.filter((_, place) => place % 2 === 0 && Number(pairs[place + 1]) < before);
    for (const queue of queues) {
      if (unknown.length === 0) break;
      // A job that has ended may be packed, and have no timestamp.
      const found = await this.#read(unknown.map((id) => [queue.toKey(id), 'timestamp', 'finishedOn'] as const));
      ended.push(...unknown.filter((_, place) => isBefore(found[place]?.[1], before)));
      unknown = unknown.filter((_, place) => found[place]?.every((field) => field === null));
    }
    return [...ended, ...unknown];
  }

  /** @param entries by batch: photos, and when it was added */
  async #endedBatches(entries: Readonly<Record<string, string>>, before: number): Promise<string[]> {
    const old = Object.entries(entries).flatMap(([id, entry]) => (isBefore(entry.split(' ')[1], before) ? [id] : []));
    const found = await this.#read(old.map((id) => [this.#parts.keys.batch(id), 'status', 'finishedAt'] as const));
    return old.filter((_, place) => {
      const [status, finishedAt] = found[place] ?? [];
      return status == null || (finishedAt != null && Date.parse(finishedAt) < before);
    });
  }

  /** Two fields of each hash, in one round trip. */
  async #read(hashes: readonly (readonly [key: string, string, string])[]): Promise<(string | null)[][]> {
    return Promise.all(hashes.map(([key, ...fields]) => this.#parts.redis.hmget(key, ...fields)));
  }
}

function isBefore(timeMs: string | null | undefined, before: number): boolean {
  return timeMs != null && Number(timeMs) < before;
}

import type { RedisKeys } from '@m2fp/contract';
import type { RedisPort } from './redis-port.ts';

/** KEYS: an owner's unfinished jobs, by when they were added. ARGV: job id, most, now in ms, time to live in ms. 1 = it has a slot. */
const take = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/** KEYS: an owner's unfinished jobs. Returns ids and times in turns. */
const readAll = `return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')`;

/** Longer than any job waits: only so that nothing stays of an owner who is gone. */
const keptMs = 30 * 24 * 3600 * 1_000;

/** A job's slot is taken before the job is on the queue: one that is not found is given this long to appear. */
const addingMs = 60_000;

export type SlotState = 'unfinished' | 'finished' | 'missing';

/** Tells for each job whether it has ended. */
export type ReadSlotStates = (ids: readonly string[]) => Promise<SlotState[]>;

/**
 * How many jobs of an owner are unfinished. A slot is taken when a job is added; that jobs have ended is only looked up
 * once all slots are taken, so that nobody has to tell, and nothing is lost when a process dies.
 */
export class JobSlots {
  readonly #redis: Pick<RedisPort, 'eval' | 'zrem'>;
  readonly #keys: Pick<RedisKeys, 'runningJobs'>;
  readonly #readStates: ReadSlotStates;

  constructor(
    redis: Pick<RedisPort, 'eval' | 'zrem'>,
    keys: Pick<RedisKeys, 'runningJobs'>,
    readStates: ReadSlotStates,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#readStates = readStates;
  }

  /** False where `most` jobs are unfinished. The same id again takes no second slot. Throws what Redis throws. */
  async take(owner: string, jobId: string, most: number): Promise<boolean> {
    const key = this.#keys.runningJobs(owner);
    if (await this.#tryTake(key, jobId, most)) return true;
    const ended = await this.#ended(key);
    if (ended.length === 0) return false;
    await this.#redis.zrem(key, ...ended);
    return this.#tryTake(key, jobId, most);
  }

  /** For a job that was not added after all. */
  async giveBack(owner: string, jobId: string): Promise<void> {
    await this.#redis.zrem(this.#keys.runningJobs(owner), jobId);
  }

  async #tryTake(key: string, jobId: string, most: number): Promise<boolean> {
    return (await this.#redis.eval(take, 1, key, jobId, most, Date.now(), keptMs)) === 1;
  }

  async #ended(key: string): Promise<string[]> {
    const pairs = (await this.#redis.eval(readAll, 1, key)) as string[];
    const ids = pairs.filter((_, place) => place % 2 === 0);
    const states = await this.#readStates(ids);
    const isOld = (place: number): boolean => Date.now() - Number(pairs[2 * place + 1]) > addingMs;
    return ids.filter((_, place) => {
      return states[place] === 'finished' || (states[place] === 'missing' && isOld(place));
    });
  }
}

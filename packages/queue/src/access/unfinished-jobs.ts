import type { RedisKeys } from '@m2fp/contract';
import { runScript } from '../run-script.ts';
import type { RedisPort } from './redis-port.ts';

/**
 * KEYS: an owner's unfinished jobs, by when they were added. ARGV: job id, limit, now in ms, TTL in ms. 1 = it counts.
 */
const addJob = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/** Of which it is asked at once whether they have ended. */
const idsAtOnce = 250;
/** For one check. More unfinished jobs take several checks, each from where the last one stopped. */
const idsPerCheck = 1_000;

/** Longer than any job waits; only so that nothing remains of an owner who is gone. */
const keptMs = 30 * 24 * 3600 * 1_000;

/** A job is counted before it is on the queue: one that is not found has this long to appear. */
const addingMs = 60_000;

export type CountedJobState = 'unfinished' | 'finished' | 'missing';

/** Says for each job whether it has ended. */
export type ReadJobStates = (ids: readonly string[]) => Promise<CountedJobState[]>;

type Port = Pick<RedisPort, 'eval' | 'evalsha' | 'zrange' | 'zrem'>;

/**
 * Limits how many unfinished jobs an owner has. A job counts from when it is added until whoever ends it says so
 * (`EndedJobs`). Whether the others have ended is checked once the limit is reached, so nothing is lost when a process
 * dies before it said so.
 *
 * A check costs a bounded amount, and an owner has one at a time: who goes on creating beyond the limit waits for it
 * together with all others who do, instead of keeping Redis busy for each of them.
 */
export class UnfinishedJobs {
  readonly #redis: Port;
  readonly #keys: Pick<RedisKeys, 'runningJobs'>;
  readonly #readStates: ReadJobStates;
  /** By an owner's key: whether the check on its way has made room. */
  readonly #checks = new Map<string, Promise<boolean>>();
  /** Where an owner's next check begins, if its last one did not get to the end. */
  readonly #places = new Map<string, number>();

  constructor(redis: Port, keys: Pick<RedisKeys, 'runningJobs'>, readStates: ReadJobStates) {
    this.#redis = redis;
    this.#keys = keys;
    this.#readStates = readStates;
  }

  /** False if `limit` jobs are unfinished. The same id again is not counted twice. Throws what Redis throws. */
  async add(owner: string, jobId: string, limit: number): Promise<boolean> {
    const key = this.#keys.runningJobs(owner);
    if (await this.#tryAdd(key, jobId, limit)) return true;
    return (await this.#makeRoom(key)) && this.#tryAdd(key, jobId, limit);
  }

  /** For a job that was not queued after all. */
  async remove(owner: string, jobId: string): Promise<void> {
    await this.#redis.zrem(this.#keys.runningJobs(owner), jobId);
  }

  async #tryAdd(key: string, jobId: string, limit: number): Promise<boolean> {
    return (await runScript(this.#redis, addJob, [key], [jobId, limit, Date.now(), keptMs])) === 1;
  }

  #makeRoom(key: string): Promise<boolean> {
    let check = this.#checks.get(key);
    if (check === undefined) {
      check = this.#removeEnded(key).finally(() => this.#checks.delete(key));
      this.#checks.set(key, check);
    }
    return check;
  }

  /** Stops at the first jobs that have ended. False if none of those it looked at have. */
  async #removeEnded(key: string): Promise<boolean> {
    const first = this.#places.get(key) ?? 0;
    this.#places.delete(key);
    for (let from = first; from < first + idsPerCheck; from += idsAtOnce) {
      // The oldest first; ids and times alternately.
      const pairs = await this.#redis.zrange(key, from, `${from + idsAtOnce - 1}`, 'WITHSCORES');
      const ended = await this.#endedOf(pairs);
      if (ended.length > 0) {
        await this.#redis.zrem(key, ...ended);
        return true;
      }
      if (pairs.length < 2 * idsAtOnce) return false;
    }
    this.#places.set(key, first + idsPerCheck);
    return false;
  }

  async #endedOf(pairs: readonly string[]): Promise<string[]> {
    const ids = pairs.filter((_, place) => place % 2 === 0);
    const states = await this.#readStates(ids);
    const isOld = (place: number): boolean => Date.now() - Number(pairs[2 * place + 1]) > addingMs;
    return ids.filter((_, place) => {
      return states[place] === 'finished' || (states[place] === 'missing' && isOld(place));
    });
  }
}

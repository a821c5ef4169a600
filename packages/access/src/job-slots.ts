import type { RedisKeys } from '@m2fp/core/contract';
import type { RedisPort } from './redis-port.ts';

/** KEYS: an owner's unfinished jobs, by when they were added. ARGV: job id, most, now in ms, time to live in ms. 1 = it has a slot. */
const take = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/** Longer than any job waits: only so that nothing stays of an owner who is gone. */
const keptMs = 30 * 24 * 3600 * 1_000;

export interface JobSlotsPort {
  /** Of these jobs, the ones that have ended or are not there. */
  finishedOf(ids: readonly string[]): Promise<string[]>;
}

/**
 * How many jobs of an owner are unfinished. A slot is taken when a job is added; that jobs have ended is only looked up
 * once all slots are taken, so that nobody has to tell, and nothing is lost when a process dies.
 */
export class JobSlots {
  readonly #redis: Pick<RedisPort, 'eval' | 'zrange' | 'zrem'>;
  readonly #keys: Pick<RedisKeys, 'runningJobs'>;
  readonly #jobs: JobSlotsPort;

  constructor(
    redis: Pick<RedisPort, 'eval' | 'zrange' | 'zrem'>,
    keys: Pick<RedisKeys, 'runningJobs'>,
    jobs: JobSlotsPort,
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#jobs = jobs;
  }

  /** False where `most` jobs are unfinished. The same id again takes no second slot. Throws what Redis throws. */
  async take(owner: string, jobId: string, most: number): Promise<boolean> {
    const key = this.#keys.runningJobs(owner);
    if (await this.#tryTake(key, jobId, most)) return true;
    const finished = await this.#jobs.finishedOf(await this.#redis.zrange(key, 0, -1));
    if (finished.length === 0) return false;
    await this.#redis.zrem(key, ...finished);
    return this.#tryTake(key, jobId, most);
  }

  /** For a job that was not added after all. */
  async giveBack(owner: string, jobId: string): Promise<void> {
    await this.#redis.zrem(this.#keys.runningJobs(owner), jobId);
  }

  async #tryTake(key: string, jobId: string, most: number): Promise<boolean> {
    return (await this.#redis.eval(take, 1, key, jobId, most, Date.now(), keptMs)) === 1;
  }
}

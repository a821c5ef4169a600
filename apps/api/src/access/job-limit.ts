import { redisKeys, type JobStatus } from '@m2fp/contract';
import { UnfinishedJobs } from '@m2fp/queue/access';
import type { Redis } from 'ioredis';
import type { JobQueue } from '../jobs/queue.ts';
import type { RedisCall } from '@m2fp/service/redis';

/**
 * Counts an owner's unfinished jobs. Jobs of batches are not counted: the dispatcher adds them, a bounded number at a
 * time. Each call answers or throws `QueueUnavailable`.
 */
export interface JobLimit {
  /** Counts the job, before it is queued; false if `limit` jobs are unfinished. The same id again is counted once. */
  reserve(owner: string, jobId: string, limit: number): Promise<boolean>;
  /** For a job that was not queued after all. */
  release(owner: string, jobId: string): Promise<void>;
}

const unfinished: ReadonlySet<JobStatus> = new Set(['queued', 'processing']);

export interface JobLimitParts {
  readonly redis: Redis;
  /** Redis's key prefix. */
  readonly prefix: string;
  readonly call: RedisCall;
  readonly queue: Pick<JobQueue, 'statuses'>;
}

export class RedisJobLimit implements JobLimit {
  readonly #jobs: UnfinishedJobs;
  readonly #call: RedisCall;

  constructor({ redis, prefix, call, queue }: JobLimitParts) {
    this.#call = call;
    this.#jobs = new UnfinishedJobs(redis, redisKeys(prefix), async (ids) => {
      const statuses = await queue.statuses(ids);
      return statuses.map((status) => {
        return status === undefined ? 'missing' : unfinished.has(status) ? 'unfinished' : 'finished';
      });
    });
  }

  reserve(owner: string, jobId: string, limit: number): Promise<boolean> {
    return this.#call(() => this.#jobs.add(owner, jobId, limit));
  }

  release(owner: string, jobId: string): Promise<void> {
    return this.#call(() => this.#jobs.remove(owner, jobId));
  }
}

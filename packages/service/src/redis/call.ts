/** Calls to Redis that never hang. */
import { AppError } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { inTime } from '../deadline.ts';
import { redisReasonOf } from './reasons.ts';

/** The queue did not answer. `jobId` is set if a job was sent and may have been queued anyway. */
export class QueueUnavailable extends AppError {
  readonly jobId: string | undefined;

  constructor(options: { cause?: unknown; jobId?: string | undefined } = {}) {
    const reason = redisReasonOf(options.cause);
    super('queue_unavailable', 'The job queue does not answer. Try again soon.', { ...options, reason });
    this.name = 'QueueUnavailable';
    this.jobId = options.jobId;
  }
}

/** Runs work on Redis: it answers within its time, or throws `QueueUnavailable`. */
export type RedisCall = <T>(work: () => Promise<T>) => Promise<T>;

export function createRedisCall(connection: Redis, timeoutMs: number): RedisCall {
  return async (work) => {
    if (connection.status !== 'ready') throw new QueueUnavailable();
    try {
      return await inTime({ timeoutMs, code: 'timeout', message: 'Redis did not answer in time.' }, work);
    } catch (cause) {
      throw new QueueUnavailable({ cause });
    }
  };
}

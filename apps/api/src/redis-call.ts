import type { Redis } from 'ioredis';
import { withDeadline } from './deadline.ts';
import { QueueUnavailable } from './jobs/queue.ts';

/** Runs work on Redis: it answers within its time, or throws `QueueUnavailable`. */
export type RedisCall = <T>(work: () => Promise<T>) => Promise<T>;

export function createRedisCall(connection: Redis, timeoutMs: number): RedisCall {
  return async (work) => {
    if (connection.status !== 'ready') throw new QueueUnavailable();
    try {
      return await withDeadline({ timeoutMs, code: 'timeout', message: 'Redis did not answer in time.' }, work);
    } catch (cause) {
      throw new QueueUnavailable({ cause });
    }
  };
}

/** Redis as every process reaches it: two policies for while it is away, and calls that never hang. */
import { AppError } from '@m2fp/contract';
import { Redis, type RedisOptions } from 'ioredis';
import { withDeadline } from './deadline.ts';
import type { Logger } from './logger/logger.ts';

/**
 * What becomes of commands while Redis is away. They `wait` for it to come back, as jobs do; or they fail at once, and
 * none takes longer than `answerMs`: a client that waits for HTTP is better served by a 503 than by a second queue.
 */
type WhileAway = { readonly whileAway: 'wait' } | { readonly whileAway: 'fail'; readonly answerMs: number };

/** The first pause before connecting again; each one after it is this much longer, up to the longest. */
const reconnectStepMs = 100;
const reconnectLongestMs = 2_000;

/** Options of a connection, in the form that BullMQ takes too. It comes back by itself, forever. */
export function redisOptions(url: string, policy: WhileAway) {
  const common = {
    url,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: (attempt: number) => Math.min(attempt * reconnectStepMs, reconnectLongestMs),
  };
  if (policy.whileAway === 'wait') {
    // A connection that dies silently is noticed: nothing waits longer than BullMQ's 10 s blocking read.
    return { ...common, maxRetriesPerRequest: null, socketTimeout: 20_000 };
  }
  return {
    ...common,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    // Commands in flight when the connection breaks fail then and there, and are not sent again later.
    maxRetriesPerRequest: 0,
    commandTimeout: policy.answerMs,
    socketTimeout: policy.answerMs * 2,
  };
}

/** @param log is told when Redis goes away and when it is back; undefined where another connection's log says so */
export function connectRedis(
  { url, ...options }: Omit<RedisOptions, 'replyMapping'> & { readonly url: string },
  log: Logger | undefined,
): Redis {
  const connection = new Redis(url, options);
  let isAway = false;
  connection.on('error', (error: Error) => {
    if (!isAway) log?.warn({ err: error }, 'Redis is away');
    isAway = true;
  });
  connection.on('ready', () => {
    if (isAway) log?.info('Redis is back');
    isAway = false;
  });
  return connection;
}

/** A connection that only listens to channels: its silence does not mean that it is dead. */
export function connectSubscriber(url: string): Redis {
  return connectRedis({ ...redisOptions(url, { whileAway: 'wait' }), socketTimeout: 0 }, undefined);
}

/** Ends the connection, politely where it is up. Never hangs and never throws. */
export async function disconnectRedis(connection: Redis): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}

/** The queue did not answer. `jobId` is set where a job was sent and may have been queued all the same. */
export class QueueUnavailable extends AppError {
  readonly jobId: string | undefined;

  constructor(options: { cause?: unknown; jobId?: string | undefined } = {}) {
    super('queue_unavailable', 'The job queue does not answer. Try again soon.', options);
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
      return await withDeadline({ timeoutMs, code: 'timeout', message: 'Redis did not answer in time.' }, work);
    } catch (cause) {
      throw new QueueUnavailable({ cause });
    }
  };
}

/** Redis as every process reaches it: two policies for while it is down, and calls that never hang. */
import { AppError, redisKeys } from '@m2fp/contract';
import { Redis, type RedisOptions } from 'ioredis';
import { withDeadline } from './deadline.ts';
import type { Logger } from './logger/logger.ts';

/**
 * What happens to commands while Redis is down. They `wait` for it to come back, as jobs do; or they `fail`
 * immediately, and none takes longer than `answerMs`: an HTTP client is better served by a 503 than by a second queue.
 */
type WhileDown = { readonly whileDown: 'wait' } | { readonly whileDown: 'fail'; readonly answerMs: number };

/** The first pause before reconnecting; each later one is longer by this much, up to the longest. */
const reconnectStepMs = 100;
const reconnectLongestMs = 2_000;

/**
 * What a server answers that cannot do its work behind this connection: after a failover it has become a replica, or is
 * not up yet. Nothing closes the connection then; a new one finds whoever can.
 */
const isElsewhere = /(?:^|-)(?:READONLY|LOADING|MASTERDOWN|UNBLOCKED)\b/;

/** Options of a connection, in the form that BullMQ takes too. It reconnects on its own, forever. */
export function redisOptions(url: string, policy: WhileDown) {
  const common = {
    url,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    // The command itself fails: part of a transaction must not be sent again alone.
    reconnectOnError: ({ message }: Error) => isElsewhere.test(message),
    retryStrategy: (attempt: number) => Math.min(attempt * reconnectStepMs, reconnectLongestMs),
  };
  if (policy.whileDown === 'wait') {
    // A connection that dies silently is noticed: nothing waits longer than BullMQ's 10 s blocking read.
    return { ...common, maxRetriesPerRequest: null, socketTimeout: 20_000 };
  }
  return {
    ...common,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    // Commands in flight when the connection breaks fail immediately, and are not sent again later.
    maxRetriesPerRequest: 0,
    commandTimeout: policy.answerMs,
    socketTimeout: policy.answerMs * 2,
  };
}

/** @param log records when Redis goes down and when it is back; undefined if another connection already logs that */
export function connectRedis(
  { url, ...options }: Omit<RedisOptions, 'replyMapping'> & { readonly url: string },
  log: Logger | undefined,
): Redis {
  const connection = new Redis(url, options);
  let isDown = false;
  connection.on('error', (error: Error) => {
    if (!isDown) log?.warn({ err: error }, 'Redis is down');
    isDown = true;
  });
  connection.on('ready', () => {
    if (isDown) log?.info('Redis is back');
    isDown = false;
  });
  return connection;
}

/** A connection that only listens to channels: its silence does not mean that it is dead. */
export function connectSubscriber(url: string): Redis {
  return connectRedis({ ...redisOptions(url, { whileDown: 'wait' }), socketTimeout: 0 }, undefined);
}

/** Ends the connection, with a QUIT if it is up. Never hangs and never throws. */
export async function disconnectRedis(connection: Redis): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}

/** Seconds. */
const probeTtlS = 10;

/** Rejects unless Redis takes a write: a replica and a server without memory answer reads only. */
export async function assertWritable(connection: Redis, prefix: string): Promise<void> {
  await connection.set(redisKeys(prefix).probe, '1', 'EX', probeTtlS);
}

/** The queue did not answer. `jobId` is set if a job was sent and may have been queued anyway. */
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

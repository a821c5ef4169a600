import { Redis } from 'ioredis';
import type { Logger } from 'pino';

export interface RedisSettings {
  readonly url: string;
  /** No command waits longer for its answer. */
  readonly commandTimeoutMs: number;
}

/** First wait before connecting again, then a step more each time, up to the longest. */
const reconnectStepMs = 100;
const reconnectLongestMs = 2_000;

/**
 * A connection for answering requests: it comes back by itself for ever, and a command fails at once while it is
 * away, because a client that waits for HTTP is better served by a 503 than by a queue of its own.
 */
export function connectRedis(settings: RedisSettings, log: Logger): Redis {
  const connection = new Redis(settings.url, {
    connectionName: 'm2fp-api',
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    // Commands in flight when the connection breaks fail then and there, and are not sent a second time later.
    maxRetriesPerRequest: 0,
    commandTimeout: settings.commandTimeoutMs,
    connectTimeout: 5_000,
    // A peer that vanished without a word: give the connection up and make a new one.
    socketTimeout: settings.commandTimeoutMs * 2,
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(attempt * reconnectStepMs, reconnectLongestMs),
  });
  logOutages(connection, log);
  return connection;
}

/** A line when Redis goes and one when it is back, not one for each try. */
function logOutages(connection: Redis, log: Logger): void {
  let isAway = false;
  connection.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away');
    isAway = true;
  });
  connection.on('ready', () => {
    if (isAway) log.info('Redis is back');
    isAway = false;
  });
}

/** Ends the connection, politely where it is up. Never hangs and never throws. */
export async function disconnectRedis(connection: Redis): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}

import { Redis } from 'ioredis';
import type { Logger } from './logging.ts';

const longestPauseMs = 2_000;

/** Settings that every Redis connection of the dispatcher shares. Commands wait for Redis to come back. */
export function redisOptions(url: string) {
  return {
    url,
    retryStrategy: (tries: number): number => Math.min(tries * 200, longestPauseMs),
    connectTimeout: 5_000,
    // Nothing waits longer than BullMQ's 10 s blocking read.
    socketTimeout: 20_000,
    keepAlive: 30_000,
    maxRetriesPerRequest: null,
  };
}

/** The connection for everything that does not block. Logs when Redis goes away and when it is back. */
export function connectRedis(redisUrl: string, log: Logger): Redis {
  const { url, ...options } = redisOptions(redisUrl);
  const connection = new Redis(url, { ...options, connectionName: 'm2fp-dispatcher' });
  let isAway = false;
  connection.on('error', (error: Error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away');
    isAway = true;
  });
  connection.on('ready', () => {
    if (isAway) log.info('Redis is back');
    isAway = false;
  });
  return connection;
}

import { queueName } from '@m2fp/contract';
import type { QueueCounts } from '@m2fp/service/metrics';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { WorkerConfig } from './config.ts';
import type { Logger } from './logging.ts';
import { redisOptions } from './redis-options.ts';

export interface Backlog {
  /** Jobs that this worker could take up now; undefined while Redis does not answer. */
  waiting(): Promise<number | undefined>;
  /** Jobs of this worker's queue by state, for figures. Rejects while Redis does not answer. */
  counts(): Promise<QueueCounts>;
  close(): Promise<void>;
}

const answerMs = 2_000;

/**
 * Looks at the queue from outside the BullMQ worker, on a connection of its own that fails fast: a worker that fell
 * silent cannot be asked. Logs when Redis goes away and when it is back.
 */
export function createBacklog(config: WorkerConfig, log: Logger): Backlog {
  const { url, ...options } = redisOptions(config.queue.redisUrl);
  const connection = new Redis(url, {
    ...options,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: answerMs,
  });
  logConnection(connection, log);
  const queue = new Queue(queueName(config.model), {
    connection,
    prefix: config.queue.prefix,
    // It only looks. And a first command that fails, as Redis is not there yet, would spoil the queue for good.
    skipMetasUpdate: true,
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', () => undefined);
  return {
    async waiting() {
      if (connection.status !== 'ready') return undefined;
      try {
        if ((await queue.isPaused()) || (await queue.isMaxed())) return 0;
        return await queue.getJobCountByTypes('wait', 'prioritized');
      } catch {
        return undefined;
      }
    },
    async counts() {
      return { queue: queue.name, counts: await queue.getJobCounts() };
    },
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

function logConnection(connection: Redis, log: Logger): void {
  let isAway = false;
  connection.on('error', (error: Error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away');
    isAway = true;
  });
  connection.on('ready', () => {
    if (isAway) log.info('Redis is back');
    isAway = false;
  });
}

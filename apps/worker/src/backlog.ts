import { queueName, redisKeys } from '@m2fp/contract';
import { keepGivingTurns } from '@m2fp/queue/turns';
import type { Logger } from '@m2fp/service/logger';
import type { QueueCounts } from '@m2fp/service/metrics';
import { connectRedis, redisOptions } from '@m2fp/service/redis';
import { Queue } from 'bullmq';
import type { WorkerConfig } from './config.ts';

export interface Backlog {
  /** Jobs that this worker could take now; undefined while Redis does not answer. */
  waiting(): Promise<number | undefined>;
  /** Jobs of this worker's queue by state, for figures. Rejects while Redis does not answer. */
  counts(): Promise<QueueCounts>;
  close(): Promise<void>;
}

const answerMs = 2_000;
/** Jobs that are tried again, or that a worker handed back, wait for their turn no longer than that. */
const giveTurnsEveryMs = 1_000;

/**
 * Watches the queue from outside the BullMQ worker, on its own connection that fails fast: a worker that has gone
 * silent cannot be asked. Logs when Redis goes down and when it is back. Gives turns to the jobs that lost theirs.
 */
export function createBacklog(config: WorkerConfig, log: Logger): Backlog {
  const connection = connectRedis(redisOptions(config.redis.url, { whileDown: 'fail', answerMs }), log);
  const queue = new Queue(queueName(config.queue.model), {
    connection,
    prefix: config.redis.prefix,
    // It only reads. And a first command that failed because Redis is not up yet would break the queue for good.
    skipMetasUpdate: true,
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', () => undefined);
  const turns = keepGivingTurns({ queue, redis: connection, keys: redisKeys(config.redis.prefix) }, giveTurnsEveryMs);
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
      await turns.stop();
      await queue.close();
      connection.disconnect();
    },
  };
}

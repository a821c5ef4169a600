import { queueName, redisKeys } from '@m2fp/contract';
import { openQueue } from '@m2fp/queue/open-queue';
import { giveTurnsIfUp } from '@m2fp/queue/turns';
import type { QueueCounts } from '@m2fp/service/metrics';
import { repeatEvery } from '@m2fp/service/repeat';
import type { RedisConnections } from '@m2fp/service/redis';
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
 * silent cannot be asked. Gives turns to the jobs that lost theirs.
 */
export function createBacklog(config: WorkerConfig, connections: RedisConnections): Backlog {
  const connection = connections.open({ whileDown: 'fail', answerMs });
  const { prefix } = config.redis;
  const queue = openQueue(queueName(config.queue.model), { connection, prefix });
  // What fails because Redis goes down is done the next time.
  const turns = repeatEvery(
    giveTurnsEveryMs,
    () => giveTurnsIfUp({ queue, redis: connection, keys: redisKeys(prefix) }),
    () => undefined,
  );
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

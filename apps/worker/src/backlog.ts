import { queueName, redisKeys } from '@m2fp/contract';
import { openQueue } from '@m2fp/queue/open-queue';
import { giveTurnsIfUp } from '@m2fp/queue/turns';
import type { QueueCounts } from '@m2fp/service/metrics';
import { repeatEvery } from '@m2fp/service/repeat';
import type { RedisConnections } from '@m2fp/service/redis';
import type { WorkerConfig } from './config.ts';

export interface Waiting {
  /** Jobs that this worker could take now. */
  readonly waiting: number;
  /** Somebody has paused the queue: nobody is to take any. */
  readonly isPaused: boolean;
}

export interface Backlog {
  /** What there is to do; undefined while Redis does not answer. */
  look(): Promise<Waiting | undefined>;
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
    async look() {
      if (connection.status !== 'ready') return undefined;
      try {
        const [isPaused, isMaxed, count] = await Promise.all([
          queue.isPaused(),
          queue.isMaxed(),
          queue.getJobCountByTypes('wait', 'prioritized'),
        ]);
        return { waiting: isPaused || isMaxed ? 0 : count, isPaused };
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

import { batchQueueName, webhookQueueName } from '@m2fp/contract';
import type { QueueCounts } from '@m2fp/service/metrics';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RedisCall } from '@m2fp/service/redis';

/** All queues of one model, to be looked at. */
export interface WatchedQueues {
  readonly queues: readonly Queue[];
  /** Throws `QueueUnavailable`. */
  depth(): Promise<QueueCounts[]>;
  close(): Promise<void>;
}

/** @param parseQueue name of the model's queue of photos. The connection is the caller's and stays open. */
export function watchQueues(connection: Redis, prefix: string, parseQueue: string, call: RedisCall): WatchedQueues {
  // The skips keep BullMQ from sending a command before Redis is there: one that fails would spoil the queue for good.
  const options = { connection, prefix, skipMetasUpdate: true, skipVersionCheck: true, skipWaitingForReady: true };
  const names = [parseQueue, batchQueueName(parseQueue), webhookQueueName];
  const queues = names.map((name) => new Queue(name, options));
  for (const queue of queues) queue.on('error', () => undefined);
  return {
    queues,
    depth: () =>
      call(() => Promise.all(queues.map(async (queue) => ({ queue: queue.name, counts: await queue.getJobCounts() })))),
    close: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}

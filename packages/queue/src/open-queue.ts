import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/**
 * Events that BullMQ keeps of a queue, for those who listen: two seconds of them at the highest rate of creates. What
 * somebody misses who was away for longer is found by looking at the jobs.
 */
export const keptEvents = 5_000;

/**
 * A queue of BullMQ on the caller's connection, which stays open when the queue is closed. Sends nothing before it is
 * used: a first command that fails because Redis is not up yet would break the queue for good.
 */
export function openQueue(name: string, settings: { readonly connection: Redis; readonly prefix: string }): Queue {
  const options = { skipMetasUpdate: true, skipVersionCheck: true, skipWaitingForReady: true };
  const queue = new Queue(name, { ...settings, ...options });
  // The connection logs its own errors; without a listener here they would be thrown.
  queue.on('error', () => undefined);
  return queue;
}

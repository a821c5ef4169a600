import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';

/**
 * Notes that a job will have a webhook to send. To be called before the job is queued: then no webhook is lost, however
 * long nobody follows the queue. A note whose job never came is dropped after a while.
 */
export async function expectWebhook(redis: Redis, keys: RedisKeys, queueName: string, jobId: string): Promise<void> {
  await redis.zadd(keys.webhookJobs(queueName), Date.now(), jobId);
}

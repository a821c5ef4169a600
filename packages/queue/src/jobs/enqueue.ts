/** The only way onto a parse queue, for the API's single jobs and the dispatcher's photos of batches. */
import { jobAttempts, jobBackoff, type JobData, type RedisKeys } from '@m2fp/contract';
import type { JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export interface NewJob {
  readonly id: string;
  readonly data: JobData;
  /** Lower goes first; see `jobPriority`. */
  readonly priority: number;
}

export interface EnqueueParts {
  readonly queue: Queue;
  /** The queue's own connection: one connection keeps the order of commands. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
}

const jobName = 'parse';

/** Queues a job. An id that already exists is left unchanged: adding twice makes one job. */
export async function enqueueJob({ id, data, priority }: NewJob, parts: EnqueueParts): Promise<void> {
  const { queue, redis, keys } = parts;
  await Promise.all([
    data.webhook && expectWebhook(redis, keys, queue.name, id),
    queue.add(jobName, data, jobOptions(id, priority)),
  ]);
}

/** Queues many jobs with one command; none of them may have a webhook. */
export async function enqueueJobs(jobs: readonly NewJob[], { queue }: Pick<EnqueueParts, 'queue'>): Promise<void> {
  await queue.addBulk(jobs.map(({ id, data, priority }) => ({ name: jobName, data, opts: jobOptions(id, priority) })));
}

/** How long it is kept says whoever ends it. The log has the stacks of errors, so that they need no room here. */
function jobOptions(jobId: string, priority: number): JobsOptions {
  return { jobId, priority, attempts: jobAttempts, backoff: jobBackoff, stackTraceLimit: 0 };
}

/**
 * Notes that a job will have a webhook to send. Sent before the job is queued, so that no webhook is lost however long
 * no dispatcher is running. A note whose job never arrived is dropped after a while.
 */
export async function expectWebhook(redis: Redis, keys: RedisKeys, queueName: string, jobId: string): Promise<void> {
  await redis.zadd(keys.webhookJobs(queueName), Date.now(), jobId);
}

/** The only way onto a parse queue, for the API's single jobs and the dispatcher's photos of batches. */
import {
  anonymousOwner,
  jobAttempts,
  storedJobData,
  type JobClass,
  type JobData,
  type RedisKeys,
} from '@m2fp/contract';
import type { JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { addAllInTurn, addInTurn, type TurnJob, type TurnParts } from '../turns/turns.ts';

export interface NewJob {
  readonly id: string;
  readonly data: JobData;
  readonly class: JobClass;
}

/** Queues a job. An id that already exists is left unchanged: adding twice makes one job. */
export async function enqueueJob(job: NewJob, parts: TurnParts): Promise<void> {
  const { queue, redis, keys } = parts;
  await Promise.all([
    job.data.webhook && expectWebhook(redis, keys, queue.name, job.id),
    addInTurn(turnJob(job), parts),
  ]);
}

/** Queues many jobs with one command; none of them may have a webhook. */
export async function enqueueJobs(jobs: readonly NewJob[], parts: TurnParts): Promise<void> {
  await addAllInTurn(jobs.map(turnJob), parts);
}

function turnJob({ id, data, class: turn }: NewJob): TurnJob {
  return { id, owner: data.owner ?? anonymousOwner, turn, data: storedJobData(data), options: jobOptions };
}

/** How long it is kept says whoever ends it; when a failed attempt is repeated, whoever runs it. */
const jobOptions: JobsOptions = { attempts: jobAttempts };

/**
 * Notes that a job will have a webhook to send. Sent before the job is queued, so that no webhook is lost however long
 * no dispatcher is running. A note whose job never arrived is dropped after a while.
 */
export async function expectWebhook(redis: Redis, keys: RedisKeys, queueName: string, jobId: string): Promise<void> {
  await redis.zadd(keys.webhookJobs(queueName), Date.now(), jobId);
}

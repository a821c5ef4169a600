/** The only way onto a parse queue, for the API's single jobs and the dispatcher's photos of batches. */
import { type JobClass, type JobData, type RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { type TurnParts } from '../turns/turns.ts';
export interface NewJob {
  readonly id: string;
  readonly data: JobData;
  readonly class: JobClass;
}
export interface EnqueueParts extends TurnParts {
  /** Seconds that a finished job is kept. */
  readonly retentionS: number;
}
/** Queues a job. An id that already exists is left unchanged: adding twice makes one job. */
export declare function enqueueJob(job: NewJob, parts: EnqueueParts): Promise<void>;
/** Queues many jobs with one command; none of them may have a webhook. */
export declare function enqueueJobs(jobs: readonly NewJob[], parts: EnqueueParts): Promise<void>;
/**
 * Notes that a job will have a webhook to send. Sent before the job is queued, so that no webhook is lost however long
 * no dispatcher is running. A note whose job never arrived is dropped after a while.
 */
export declare function expectWebhook(redis: Redis, keys: RedisKeys, queueName: string, jobId: string): Promise<void>;

import {
  jobErrorSchema,
  jobResultSchema,
  type JobData,
  type JobError,
  type JobResult,
  type JobStatus,
  type JobWebhookEvent,
} from '@m2fp/contract';
import type { Job } from 'bullmq';

/** A job that has ended. */
export interface FinishedJob {
  readonly id: string;
  readonly data: JobData;
  readonly status: Extract<JobStatus, 'succeeded' | 'failed' | 'canceled'>;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number;
  readonly attempts: number;
  readonly result: JobResult | undefined;
  readonly error: JobError | undefined;
}

/** @param state BullMQ's, read together with the job */
export function finishedJob(id: string, job: Job<unknown>, data: JobData, state: 'completed' | 'failed'): FinishedJob {
  const facts = {
    id,
    data,
    startedAtMs: job.processedOn,
    finishedAtMs: job.finishedOn ?? Date.now(),
    attempts: job.attemptsStarted,
  };
  if (state === 'completed') {
    return { ...facts, status: 'succeeded', result: jobResultSchema.parse(job.returnvalue), error: undefined };
  }
  const error = readFailure(job.failedReason);
  return { ...facts, status: error.code === 'canceled' ? 'canceled' : 'failed', result: undefined, error };
}

export function jobEvent({ status }: FinishedJob): JobWebhookEvent {
  return `job.${status}`;
}

/** `data` of a job's webhook: the job as the API tells it, but for URLs, which would not outlast the attempts. */
export function jobEventData(job: FinishedJob): object {
  const { data, startedAtMs, result, error } = job;
  return {
    id: job.id,
    status: job.status,
    created_at: data.createdAt,
    started_at: startedAtMs === undefined ? null : new Date(startedAtMs).toISOString(),
    finished_at: new Date(job.finishedAtMs).toISOString(),
    attempts: job.attempts,
    input: data.input,
    output: data.output,
    options: data.options,
    metadata: data.metadata ?? {},
    ...(result === undefined ? {} : { result: withoutVersion(result) }),
    ...(error === undefined ? {} : { error }),
  };
}

function withoutVersion({ v: _v, ...result }: JobResult): object {
  return result;
}

/** What the queue itself writes, such as that a job stalled too often, is not for clients. */
function readFailure(reason: string | undefined): JobError {
  try {
    return jobErrorSchema.parse(JSON.parse(reason ?? ''));
  } catch {
    return { code: 'internal', message: 'The job was given up: its workers were lost again and again.' };
  }
}

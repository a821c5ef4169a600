import { AppError } from '@m2fp/contract';
import type { JobData, JobRecord } from '@m2fp/contract';
import type { ApiDeps } from '../deps.ts';
import { JobProblem } from '../jobs/job-problem.ts';
import type { CreateRequest } from '../jobs/taken-photo.ts';
import { waitForJob } from './wait-for-job.ts';
import type { Waited } from './wait-for-job.ts';
import { withdraw } from './withdraw.ts';

type FinishDeps = Pick<ApiDeps, 'queue' | 'changes' | 'idempotency' | 'storage' | 'settings' | 'log'>;

export interface SyncJob {
  readonly id: string;
  readonly data: JobData;
  /** Its photo came with a request, and goes with the job. */
  readonly isUpload: boolean;
}

/**
 * The end of a job that a client waits for. Throws `overloaded` where no worker takes it in time, and `timeout` where
 * it takes too long after that: then it goes on. A job that no worker took is withdrawn, and so is one whose client
 * hangs up, unless the client's idempotency key says that it may come back.
 */
export async function finishJob(request: CreateRequest, job: SyncJob, deps: FinishDeps): Promise<JobRecord> {
  const waited = await waitAgainIfTaken(request, job, deps);
  switch (waited.kind) {
    case 'ended':
      return waited.record;
    case 'gone':
      throw await whyGone(request, deps);
    case 'left':
      throw await leave(request, job, waited.isTaken, deps);
  }
}

/** A worker may take the job at the very moment at which the time for that is up. */
async function waitAgainIfTaken({ raw }: CreateRequest, { id }: SyncJob, deps: FinishDeps): Promise<Waited> {
  const { signal } = raw;
  const { syncStartTimeoutMs: startMs, syncTimeoutMs: endMs } = deps.settings;
  const waited = await waitForJob(id, deps, { startMs, endMs, signal });
  if (waited.kind !== 'left' || waited.isTaken || signal.aborted) return waited;
  const record = await deps.queue.find(id);
  if (record === undefined || record.attempts === 0) return waited;
  return waitForJob(id, deps, { startMs: endMs, endMs, signal });
}

async function leave(request: CreateRequest, job: SyncJob, isTaken: boolean, deps: FinishDeps): Promise<AppError> {
  const { owner, idempotencyKey, raw } = request;
  const { syncStartTimeoutMs: startMs, syncTimeoutMs: endMs } = deps.settings;
  if (raw.signal.aborted) {
    if (idempotencyKey === undefined) await withdraw(job, deps);
    return new AppError('canceled', 'The client hung up.');
  }
  if (isTaken) return new JobProblem('timeout', `The job did not end within ${endMs / 1_000} s; it goes on.`, job.id);
  if (idempotencyKey !== undefined) await deps.idempotency.release(owner, idempotencyKey);
  await withdraw(job, deps);
  return overloaded(`No worker was free within ${startMs / 1_000} s.`);
}

/** Withdrawn by another request with the same key, or so long ago that it is not kept any more. */
async function whyGone({ owner, idempotencyKey }: CreateRequest, { idempotency }: FinishDeps): Promise<AppError> {
  const isKept = idempotencyKey !== undefined && (await idempotency.find(owner, idempotencyKey)) !== undefined;
  return isKept
    ? new AppError('expired', 'The job is done and is no longer kept.')
    : overloaded('The job was withdrawn.');
}

function overloaded(message: string): AppError {
  return new AppError('overloaded', `${message} Try again later.`);
}

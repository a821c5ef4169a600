/** A job whose end a client is waiting for, and what happens to it when the client stops waiting. */
import { AppError, anonymousOwner, resultKeys } from '@m2fp/contract';
import type { JobData, JobRecord } from '@m2fp/contract';
import { removeResults } from '@m2fp/storage';
import { overloaded } from '../access/share-refusals.ts';
import type { ApiDeps } from '../deps.ts';
import { JobProblem } from '../http/problem.ts';
import type { CreateRequest } from '../jobs/create-request.ts';
import { waitForJob } from './wait-for-job.ts';
import type { WaitOutcome } from './wait-for-job.ts';

type FinishDeps = Pick<ApiDeps, 'queue' | 'changes' | 'idempotency' | 'storage' | 'settings' | 'log'>;

export interface SyncJob {
  readonly id: string;
  readonly data: JobData;
  /** Its photo came with the request and is removed with the job. */
  readonly isUpload: boolean;
  /** Aborted when the client hangs up or its key is not valid anymore. */
  readonly signal: AbortSignal;
}

/**
 * The end of a job that a client waits for. Throws `overloaded` if no worker starts it in time, and `timeout` if it
 * takes too long after that; then it keeps running. A job that no worker started is withdrawn, and so is one whose
 * client hangs up, unless the client sent an idempotency key and so may come back.
 */
export async function finishJob(request: CreateRequest, job: SyncJob, deps: FinishDeps): Promise<JobRecord> {
  const outcome = await waitAgainIfStarted(job, deps);
  switch (outcome.kind) {
    case 'ended':
      return outcome.record;
    case 'gone':
      throw await whyGone(request, deps);
    case 'abandoned':
      throw await abandon(request, job, outcome.isStarted, deps);
  }
}

/** A worker may start the job at the very moment when its time to start runs out. */
async function waitAgainIfStarted({ id, signal }: SyncJob, deps: FinishDeps): Promise<WaitOutcome> {
  const { syncStartTimeoutMs: startMs, syncTimeoutMs: endMs } = deps.settings;
  const outcome = await waitForJob(id, deps, { startMs, endMs, signal });
  if (outcome.kind !== 'abandoned' || outcome.isStarted || signal.aborted) return outcome;
  const record = await deps.queue.find(id);
  if (record === undefined || record.attempts === 0) return outcome;
  return waitForJob(id, deps, { startMs: endMs, endMs, signal });
}

async function abandon(
  { caller, idempotencyKey, raw }: CreateRequest,
  job: SyncJob,
  isStarted: boolean,
  deps: FinishDeps,
): Promise<AppError> {
  const { syncStartTimeoutMs: startMs, syncTimeoutMs: endMs } = deps.settings;
  if (raw.signal.aborted) {
    if (idempotencyKey === undefined) await withdraw(job, deps);
    return new AppError('canceled', 'The client hung up.');
  }
  // The dispatcher withdraws what a revoked key has queued.
  if (job.signal.aborted) return new AppError('canceled', 'The wait was ended.');
  if (isStarted) {
    return new JobProblem('timeout', `The job did not end within ${endMs / 1_000} s; it is still running.`, job.id);
  }
  if (idempotencyKey !== undefined) await deps.idempotency.release(caller.owner, idempotencyKey);
  await withdraw(job, deps);
  return overloaded(`No worker was free within ${startMs / 1_000} s.`);
}

/** Withdrawn by another request with the same key, or so old that it is no longer kept. */
async function whyGone({ caller, idempotencyKey }: CreateRequest, { idempotency }: FinishDeps): Promise<AppError> {
  const isKept = idempotencyKey !== undefined && (await idempotency.find(caller.owner, idempotencyKey)) !== undefined;
  return isKept
    ? new AppError('expired', 'The job has finished and is no longer kept.')
    : overloaded('The job was withdrawn.');
}

/** A worker ends a canceled job within a second. */
const stopTimeoutMs = 10_000;

/**
 * Takes back a job that nobody waits for anymore, running or not: afterwards nothing of it is in Redis or S3. Never
 * throws; what an outage leaves behind is logged.
 */
async function withdraw({ id, data, isUpload }: SyncJob, deps: FinishDeps): Promise<void> {
  const { queue, storage, settings, log } = deps;
  const owner = data.owner ?? anonymousOwner;
  try {
    if (!(await queue.remove(id, owner))) {
      await queue.cancel(id, (started) => removeResults(started, storage, settings.storageTimeoutMs));
      const { signal } = new AbortController();
      await waitForJob(id, deps, { startMs: stopTimeoutMs, endMs: stopTimeoutMs, signal });
      await queue.remove(id, owner);
    }
    // Its results too: it may have ended just before.
    const keys = [...(isUpload ? [data.input.key] : []), ...resultKeys(data)];
    await storage.remove(keys, { signal: AbortSignal.timeout(settings.storageTimeoutMs) });
  } catch (error) {
    log.warn({ err: error, jobId: id }, 'a job could not be withdrawn');
  }
}

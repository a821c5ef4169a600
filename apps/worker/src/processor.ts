import {
  AppError,
  isLastAttempt,
  isOfLaterVersion,
  jobBackoff,
  jobDataSchema,
  toAppError,
  type JobData,
  type JobError,
  type JobProgress,
} from '@m2fp/contract';
import { compactText } from '@m2fp/queue/retention';
import { loggableMessage, type Logger } from '@m2fp/service/logger';
import type { Tracing } from '@m2fp/service/tracing';
import { DelayedError, UnrecoverableError, WaitingError, type Job, type Processor } from 'bullmq';
import { z } from 'zod';
import type { CancelWatch } from './cancel-watch.ts';
import type { Activity } from './liveness.ts';
import type { WorkerMetrics } from './metrics.ts';
import { cancelReasonOfSignal, runParseJob, type ParseJobParts, type StopReason } from './parse-job.ts';
import { ProgressWriter } from './progress.ts';
import type { StorageOutage } from './storage-outage.ts';

export interface ProcessorParts extends ParseJobParts {
  readonly activity: Activity;
  readonly cancels: Pick<CancelWatch, 'begin' | 'end'>;
  readonly tracing: Pick<Tracing, 'span'>;
  readonly metrics: Pick<WorkerMetrics, 'taken' | 'attempt' | 'done'>;
  readonly outage: Pick<StorageOutage, 'putOff'>;
  /** Takes back that the queue counted the start of a job that has this token. */
  readonly uncountStart: (job: { readonly id: string; readonly token: string }) => Promise<void>;
  readonly log: Logger;
}

/** Handles each job that BullMQ passes in, and returns its result by `compactText`. */
export function createProcessor(parts: ProcessorParts): Processor<unknown, string> {
  const isTimeToTell = onceEvery(tellEveryMs);
  return async (job, token, signal) => {
    const id = job.id ?? '';
    const { requestId, keyId } = knownOf(job.data);
    // Not in Redis with each job that waits. The log has the stacks of errors.
    Object.assign(job.opts, { backoff: jobBackoff, stackTraceLimit: 0 });
    const waitedMs = Date.now() - job.timestamp;
    const log = parts.log.child({ jobId: id, attempt: job.attemptsMade + 1, requestId });
    parts.activity.begin();
    const progress = new ProgressWriter(job, parts.activity, log);
    progress.begin(job.attemptsStarted);
    const canceled = await parts.cancels.begin(id, { keyId, onWatched: () => progress.watched() });
    const stop = signal ? AbortSignal.any([signal, canceled]) : canceled;
    try {
      const data = parseJobData(job.data);
      parts.metrics.taken(job.attemptsStarted > 1 ? undefined : waitedMs);
      const call = { signal: stop, onProgress: (step: JobProgress) => progress.report(step) };
      const attributes = { 'm2fp.job_id': id, 'm2fp.attempt': job.attemptsMade + 1 };
      const span = { name: 'parse', kind: 'consumer', parent: data.traceparent, attributes } as const;
      const result = await parts.tracing.span(span, () => runParseJob(data, parts, call));
      const { people, timings } = result;
      log.info({ people, timings }, 'job done');
      parts.activity.count('succeeded');
      parts.metrics.attempt('succeeded');
      parts.metrics.done(timings);
      return compactText(result);
    } catch (error) {
      if (error instanceof LaterVersion) {
        if (isTimeToTell()) log.warn('jobs of a later version wait for a worker of that version');
        throw await leaveToLaterVersion(job, token, parts, log);
      }
      if (stop.aborted && cancelReasonOfSignal(stop) === undefined) throw await handBack(job, token, stop, parts, log);
      throw (await parts.outage.putOff(error, { job, token, log })) ?? fail(toAppError(error), job, parts, log);
    } finally {
      progress.end();
      parts.cancels.end(id);
      parts.activity.end();
    }
  };
}

/** What is needed of the data even if it is not valid. */
const knownSchema = z
  .object({
    requestId: z.string().optional().catch(undefined),
    /** Of the API key that made the job. */
    keyId: z.string().optional().catch(undefined),
  })
  .catch({ requestId: undefined, keyId: undefined });

function knownOf(data: unknown): z.output<typeof knownSchema> {
  return knownSchema.parse(data);
}

/** A later version made the job, which this one cannot read. */
class LaterVersion extends Error {}

/** Jobs that are left to a later version come back; metrics count how often. */
const tellEveryMs = 60_000;

/** Whether it is the first call in so long. */
function onceEvery(ms: number): () => boolean {
  let nextAt = 0;
  return () => {
    const isTime = performance.now() >= nextAt;
    if (isTime) nextAt = performance.now() + ms;
    return isTime;
  };
}

function parseJobData(data: unknown): JobData {
  const parsed = jobDataSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  if (isOfLaterVersion(data, parsed.error)) throw new LaterVersion();
  const message = `The job's data is not valid: ${z.prettifyError(parsed.error)}`;
  throw new AppError('invalid_request', message, { cause: parsed.error });
}

/**
 * Gives the job back without a failure. If Redis does not take it back, it is found stalled once its lock has expired.
 */
async function handBack(job: Job, token: string | undefined, stop: AbortSignal, parts: ProcessorParts, log: Logger) {
  parts.activity.count('handedBack');
  parts.metrics.attempt('handedBack');
  if (stop.reason === ('handed-back' satisfies StopReason)) {
    try {
      await job.moveToWait(token);
    } catch (error) {
      log.warn({ err: error }, 'the job could not be handed back; another worker takes it once its lock has expired');
    }
  }
  log.info({ reason: String(stop.reason) }, 'job given up');
  return new WaitingError();
}

/** A job of a later version waits for as long as it waited already, within these. */
const shortestWaitMs = 1_000;
const longestWaitMs = 30_000;

/**
 * Leaves the job to a worker of the version that made it, for which it waits as it would if there were no worker.
 * Others have their turn meanwhile, and it counts neither as an attempt nor as a start.
 */
async function leaveToLaterVersion(job: Job, token: string | undefined, parts: ProcessorParts, log: Logger) {
  parts.activity.count('handedBack');
  parts.metrics.attempt('handedBack');
  const waitMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, Date.now() - job.timestamp));
  try {
    await parts.uncountStart({ id: job.id ?? '', token: token ?? '' });
    await job.moveToDelayed(Date.now() + waitMs, token);
  } catch (error) {
    log.warn({ err: error }, 'the job could not be left to others; it is taken again once its lock has expired');
  }
  return new DelayedError();
}

/** Logs a failure, here and nowhere else, and converts it to the form that the queue expects. */
function fail(error: AppError, job: Job, { activity, metrics }: ProcessorParts, log: Logger): Error {
  const isLast = isLastAttempt(error, job.attemptsMade, job.opts.attempts);
  const outcome = isLast ? 'failed' : 'retried';
  activity.count(outcome);
  metrics.attempt(outcome, error.code);
  const facts = { code: error.code, err: error };
  // The server of a client's URL is nothing that an operator could mend.
  const isTheirs = error.code === 'input_unavailable';
  if (isTheirs && !isLast) log.info({ code: error.code }, 'attempt failed; another one follows');
  else if (!isLast) log.warn(facts, 'attempt failed; another one follows');
  else if ((error.retryable && !isTheirs) || error.code === 'model_unavailable') log.error(facts, 'job failed');
  else log.info({ code: error.code, reason: loggableMessage(error) }, 'job failed');
  return toQueueError(error);
}

/**
 * The one place that turns an error into what BullMQ understands. Its message becomes the job's `failedReason`: JSON by
 * `jobErrorSchema`, so that readers of the job find the code. An error that no attempt can fix ends the job
 * immediately.
 */
function toQueueError(error: AppError): Error {
  const reason = JSON.stringify({ code: error.code, message: error.message } satisfies JobError);
  return error.retryable ? new Error(reason) : new UnrecoverableError(reason);
}

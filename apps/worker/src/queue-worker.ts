/** Taking jobs from the model's queue, one run of each at a time, and handing them back at the end. */
import { queueName } from '@m2fp/contract';
import type { Logger } from '@m2fp/service/logger';
import { recordOfEnded, type EndedJobs } from '@m2fp/queue/retention';
import { DelayedError, MetricsTime, Worker, type Job, type Processor } from 'bullmq';
import type { Redis } from 'ioredis';
import type { WorkerConfig } from './config.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { StopReason } from './parse-job.ts';

/** What it returns is the job's result by `compactText`. */
type JobProcessor = Processor<unknown, string>;
export type QueueWorker = Worker<unknown, string>;

/** How long a job that this worker still runs waits before it can be taken again. */
const putOffMs = 1_000;

interface QueueWorkerParts {
  /** Of policy `wait`. It stays open when the worker is closed. */
  readonly connection: Redis;
  readonly ended: EndedJobs;
  readonly metrics: Pick<WorkerMetrics, 'lost'>;
  readonly log: Logger;
}

/** How BullMQ says that it gave a job up whose workers died. */
const lostTooOften = /^job (?:stalled|started) more than allowable limit/;

/** The BullMQ worker of the model's queue. It takes jobs as soon as `run()` is called. */
export function createQueueWorker(
  config: WorkerConfig,
  process: JobProcessor,
  { connection, ended, metrics, log }: QueueWorkerParts,
): QueueWorker {
  const { redis, queue, jobs } = config;
  const worker: QueueWorker = new Worker(queueName(queue.model), oneRunPerJob(process, log), {
    autorun: false,
    name: jobs.workerName,
    prefix: redis.prefix,
    connection,
    concurrency: jobs.concurrency,
    lockDuration: jobs.lockDurationMs,
    stalledInterval: jobs.stalledIntervalMs,
    // A worker's death counts as a stall, not as an attempt: it may happen to a job a few times without blame.
    maxStalledCount: jobs.maxStalledCount,
    // Whatever else goes wrong, no job is repeated forever.
    maxStartedAttempts: jobs.maxStartedAttempts,
    removeOnComplete: ended.keep,
    removeOnFail: ended.keep,
    metrics: { maxDataPoints: MetricsTime.ONE_WEEK },
    // How long the main loop pauses after a connection error; BullMQ's own 15 s would double most outages.
    runRetryDelay: 1_000,
  });
  worker.on('error', (error) => {
    // While Redis is down, each attempt is an error; the watch of connections logs that once.
    const level = isConnectionError(error) ? 'debug' : 'error';
    log[level]({ err: error }, 'queue error');
  });
  // Not awaited: the next photo is under way. A failed attempt that is repeated has not ended.
  const pack = (job: Job<unknown>, state: 'succeeded' | 'failed'): void => {
    ended
      .ended(recordOfEnded(job, state))
      .catch((error: unknown) => log.debug({ jobId: job.id ?? '', err: error }, 'an ended job was not packed'));
  };
  worker.on('completed', (job) => pack(job, 'succeeded'));
  worker.on('failed', (job, error) => {
    if (lostTooOften.test(error.message)) metrics.lost('failed');
    if (job) pack(job, 'failed');
  });
  worker.on('stalled', (jobId) => {
    metrics.lost('again');
    log.warn({ jobId }, 'a worker lost this job; it is waiting again');
  });
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock-lost' satisfies StopReason);
  });
  return worker;
}

function isConnectionError(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' || /^(Connection is closed|Socket timeout)/.test(error.message);
}

/**
 * Makes sure that a worker never has two runs of one job. This can happen: a worker that is cut off from Redis for
 * longer than a lock lasts loses its job, and may be the one to get it again while still running it. BullMQ renews
 * locks by job id, so the end of the older run would end the renewal for the newer one; that lock would expire too, and
 * so on until the job has stalled too often. So the older run is stopped, and the newer one is postponed for a moment.
 * The function returned declares three parameters, because BullMQ passes no abort signal to one with fewer.
 */
export function oneRunPerJob(process: JobProcessor, log: Logger): JobProcessor {
  const running = new Map<string, AbortController>();
  return async (job, token, signal) => {
    const id = job.id ?? '';
    const older = running.get(id);
    if (older) {
      older.abort('lock-lost' satisfies StopReason);
      log.warn({ jobId: id }, 'this worker lost the job and got it again; it is postponed until the first run is over');
      await job.moveToDelayed(Date.now() + putOffMs, token).catch((error: unknown) => {
        log.warn(
          { jobId: id, err: error },
          'the job could not be postponed; it is taken again once its lock has expired',
        );
      });
      throw new DelayedError();
    }
    const thisRun = new AbortController();
    running.set(id, thisRun);
    try {
      return await process(job, token, signal ? AbortSignal.any([signal, thisRun.signal]) : thisRun.signal);
    } finally {
      running.delete(id);
    }
  };
}

export interface DrainSteps {
  /** Stops taking jobs; resolves when none is running anymore. May never do so while Redis is down. */
  readonly close: () => Promise<unknown>;
  /** Stops the running jobs, so that they wait for another worker. */
  readonly handBack: () => void;
  readonly hasJobs: () => boolean;
}

export interface DrainTimes {
  /** For running jobs to finish. */
  readonly drainMs: number;
  /** For Redis to take back those that did not. */
  readonly graceMs: number;
}

/**
 * Takes no more jobs, and lets the running ones finish or hands them back. Resolves to true if none is left, and never
 * takes longer than both times together.
 */
export async function drain(steps: DrainSteps, times: DrainTimes, log: Logger): Promise<boolean> {
  const closed = steps.close().then(
    () => true,
    (error: unknown) => {
      log.error({ err: error }, 'the queue could not be closed cleanly');
      return false;
    },
  );
  let isClosed = await within(steps.hasJobs() ? times.drainMs : times.graceMs, closed);
  if (isClosed !== true && steps.hasJobs()) {
    log.warn('time is up: handing back the running jobs');
    steps.handBack();
    isClosed = await within(times.graceMs, closed);
  }
  // Without Redis the queue may never close; once no job is running, that is not worth waiting for.
  const isDrained = isClosed === true || !steps.hasJobs();
  if (!isDrained)
    log.error('running jobs could not be handed back; other workers take them once their locks have expired');
  return isDrained;
}

/** Undefined if it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

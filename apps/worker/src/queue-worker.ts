import { queueName, type JobResult } from '@m2fp/contract';
import { MetricsTime, Worker, type Processor } from 'bullmq';
import type { WorkerConfig } from './config.ts';
import type { Logger } from './logging.ts';
import { oneRunPerJob } from './one-run-per-job.ts';
import { redisOptions } from './redis-options.ts';
import type { StopReason } from './stop-reason.ts';

export type QueueWorker = Worker<unknown, JobResult>;

/** The BullMQ worker of the model's queue. It takes jobs as soon as `run()` is called. */
export function createQueueWorker(
  config: WorkerConfig,
  process: Processor<unknown, JobResult>,
  log: Logger,
): QueueWorker {
  const { queue } = config;
  const worker: QueueWorker = new Worker(queueName(config.model), oneRunPerJob(process, log), {
    autorun: false,
    name: config.workerName,
    prefix: queue.prefix,
    // Commands wait for Redis to come back rather than fail.
    connection: { ...redisOptions(queue.redisUrl), maxRetriesPerRequest: null },
    concurrency: queue.concurrency,
    lockDuration: queue.lockDurationMs,
    stalledInterval: queue.stalledIntervalMs,
    // A worker's death counts as a stall, not as an attempt: it may happen a few times to a job without blame.
    maxStalledCount: queue.maxStalledCount,
    // Whatever else goes wrong, no job goes round for ever.
    maxStartedAttempts: queue.maxStartedAttempts,
    // For jobs whose producer does not say.
    removeOnComplete: { age: queue.retentionS },
    removeOnFail: { age: queue.retentionS },
    metrics: { maxDataPoints: MetricsTime.ONE_WEEK },
    // How long the main loop sits still after a connection error; BullMQ's own 15 s would double most outages.
    runRetryDelay: 1_000,
  });
  worker.on('error', (error) => {
    // While Redis is away each try is an error; that it is away is logged once, by whoever watches the connection.
    const level = isConnectionError(error) ? 'debug' : 'error';
    log[level]({ err: error }, 'queue error');
  });
  worker.on('stalled', (jobId) => log.warn({ jobId }, 'a worker lost this job; it waits again'));
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock-lost' satisfies StopReason);
  });
  return worker;
}

function isConnectionError(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' || /^(Connection is closed|Socket timeout)/.test(error.message);
}

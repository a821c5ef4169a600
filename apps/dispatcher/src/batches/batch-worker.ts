import { batchJobSchema, batchQueueName } from '@m2fp/contract';
import { WaitingError, Worker } from 'bullmq';
import type { DispatcherConfig } from '../config.ts';
import { redisOptions } from '../redis.ts';
import { runBatch, type RunBatchParts } from './run-batch.ts';

const lockMs = 30_000;

/** Runs the batches of a model's queue. BullMQ's lock keeps each to one dispatcher. It begins when `run()` is called. */
export function createBatchWorker(config: DispatcherConfig, parts: RunBatchParts): Worker {
  const worker = new Worker(
    batchQueueName(config.parseQueue),
    async (job, token, signal) => {
      const { batch: id } = batchJobSchema.parse(job.data);
      const stop = isClosing() ? AbortSignal.abort('handed-back') : (signal ?? new AbortController().signal);
      parts.wakeups.attend(id);
      try {
        await runBatch(id, parts, stop);
      } finally {
        parts.wakeups.leave(id);
      }
      if (!stop.aborted) return;
      // Another dispatcher goes on with it; where it cannot be handed back, it is found when its lock has run out.
      if (stop.reason === 'handed-back') await job.moveToWait(token).catch(() => undefined);
      throw new WaitingError();
    },
    {
      autorun: false,
      prefix: config.prefix,
      connection: redisOptions(config.redisUrl),
      concurrency: config.batches.concurrency,
      lockDuration: lockMs,
      stalledInterval: config.reconcileMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: 1_000,
    },
  );
  // A worker that waits for work as it is closed may take up the very batch that it just handed back.
  const isClosing = (): boolean => worker.closing !== undefined;
  worker.on('error', (error) => parts.log.debug({ err: error }, 'batch queue error'));
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock-lost');
  });
  return worker;
}

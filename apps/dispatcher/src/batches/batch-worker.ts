import { batchJobSchema, batchQueueName, queueName } from '@m2fp/contract';
import { redisOptions } from '@m2fp/service/redis';
import { WaitingError, Worker } from 'bullmq';
import type { DispatcherConfig } from '../config.ts';
import { runBatch, type RunBatchParts } from './run-batch.ts';

const lockMs = 30_000;

/** Runs a model's batches once `run()` is called. BullMQ's lock keeps each batch on one dispatcher. */
export function createBatchWorker(config: DispatcherConfig, given: Omit<RunBatchParts, 'settings'>): Worker {
  const { redis, queue, s3, batches } = config;
  const parts = { ...given, settings: { ...batches, s3TimeoutMs: s3.timeoutMs } };
  const worker = new Worker(
    batchQueueName(queueName(queue.model)),
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
      // Another dispatcher continues it. If it cannot be handed back, it is picked up once its lock has expired.
      if (stop.reason === 'handed-back') await job.moveToWait(token).catch(() => undefined);
      throw new WaitingError();
    },
    {
      autorun: false,
      prefix: redis.prefix,
      connection: redisOptions(redis.url, { whileDown: 'wait' }),
      concurrency: batches.concurrency,
      lockDuration: lockMs,
      stalledInterval: batches.reconcileMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: 1_000,
    },
  );
  // A worker that is waiting for work when it is closed may pick up the very batch that it just handed back.
  const isClosing = (): boolean => worker.closing !== undefined;
  worker.on('error', (error) => parts.log.debug({ err: error }, 'batch queue error'));
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock-lost');
  });
  return worker;
}

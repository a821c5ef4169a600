import { batchJobSchema } from '@m2fp/contract';
import { DelayedError, WaitingError, Worker, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DispatcherConfig } from '../config.ts';
import { runBatch, type RunBatchParts } from './run-batch.ts';

const lockMs = 30_000;
/** How long a batch runs before it makes room for another that waits. */
const sliceMs = 5_000;
/** Short, but after those that wait now. */
const yieldMs = 100;

/**
 * Runs a model's batches once `run()` is called. BullMQ's lock keeps each batch on one dispatcher. If more are open
 * than run at a time, they take turns: most of a batch's time is spent waiting for workers, and its photos on the queue
 * are parsed meanwhile.
 * @param batchQueue the queue that it takes them from
 * @param connection stays open when the worker is closed
 */
export function createBatchWorker(
  config: DispatcherConfig,
  batchQueue: Queue,
  connection: Redis,
  given: Omit<RunBatchParts, 'settings'>,
): Worker {
  const { redis, s3, batches } = config;
  const parts = { ...given, settings: { ...batches, s3TimeoutMs: s3.timeoutMs } };
  const worker = new Worker(
    batchQueue.name,
    async (job, token, signal) => {
      const { batch: id } = batchJobSchema.parse(job.data);
      const stop = isClosing() ? AbortSignal.abort('handed-back') : (signal ?? new AbortController().signal);
      const slice = beginSlice(batchQueue, Math.min(sliceMs, batches.reconcileMs));
      parts.wakeups.attend(id);
      try {
        await runBatch(id, parts, { signal: AbortSignal.any([stop, slice.signal]), stop });
      } finally {
        parts.wakeups.leave(id);
        slice.end();
      }
      if (!stop.aborted && slice.signal.aborted) {
        await job.moveToDelayed(Date.now() + yieldMs, token);
        throw new DelayedError();
      }
      if (!stop.aborted) return;
      // Another dispatcher continues it. If it cannot be handed back, it is picked up once its lock has expired.
      if (stop.reason === 'handed-back') await job.moveToWait(token).catch(() => undefined);
      throw new WaitingError();
    },
    {
      autorun: false,
      prefix: redis.prefix,
      connection,
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

/** Its signal aborts after `ms` if others wait by then, or else as soon as some do. */
function beginSlice(batchQueue: Queue, ms: number): { readonly signal: AbortSignal; end(): void } {
  const over = new AbortController();
  const look = async (): Promise<void> => {
    if ((await batchQueue.getJobCountByTypes('wait', 'prioritized')) > 0) over.abort('slice-over');
  };
  // While Redis is down, nobody could take the place.
  const timer = setInterval(() => void look().catch(() => undefined), ms);
  return { signal: over.signal, end: () => clearInterval(timer) };
}

import { DelayedError, type Processor } from 'bullmq';
import type { JobResult } from '@m2fp/contract';
import type { Logger } from './logging.ts';
import type { StopReason } from './stop-reason.ts';

const putOffMs = 1_000;

/**
 * Holds that a worker never has two runs of one job in hand. It can come to that: cut off from Redis for longer than a
 * lock lasts, it loses its job and may be the one to take it up again, while still at it. BullMQ renews locks by job id,
 * so the end of the older run would end the renewal for the newer one; that one's lock would run out too, and so on
 * until the job has stalled too often. So the older run is called off, and the newer one put off for a moment.
 * What it returns declares three parameters, as with fewer BullMQ gives no abort signal.
 */
export function oneRunPerJob(process: Processor<unknown, JobResult>, log: Logger): Processor<unknown, JobResult> {
  const running = new Map<string, AbortController>();
  return async (job, token, signal) => {
    const id = job.id ?? '';
    const older = running.get(id);
    if (older) {
      older.abort('lock-lost' satisfies StopReason);
      log.warn({ jobId: id }, 'this worker has lost the job and taken it again; put off until the first run is over');
      await job.moveToDelayed(Date.now() + putOffMs, token).catch((error: unknown) => {
        log.warn({ jobId: id, err: error }, 'the job could not be put off; it is taken up when its lock has run out');
      });
      throw new DelayedError();
    }
    const own = new AbortController();
    running.set(id, own);
    try {
      return await process(job, token, signal ? AbortSignal.any([signal, own.signal]) : own.signal);
    } finally {
      running.delete(id);
    }
  };
}

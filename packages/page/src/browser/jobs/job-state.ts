import { type Job, M2fpError } from '@m2fp/client/jobs';
import type { PhotoState } from './photo-job.ts';

/** Of a job that goes on. @param before what was known until now */
export function stateOf({ status, queue, progress, started_at: startedAt }: Job, before: PhotoState): PhotoState {
  if (status === 'queued') {
    return {
      stage: 'queued',
      ...(queue && { position: queue.position }),
      ...(queue && queue.estimated_wait_s !== null && { estimatedWaitS: queue.estimated_wait_s }),
    };
  }
  const { percent, stage, done, total } = progress;
  const sinceMs = before.stage === 'parsing' ? before.sinceMs : startMs(startedAt, before.stage !== 'waiting');
  const heads = done !== undefined && total !== undefined && { done, total };
  return { stage: 'parsing', percent, sinceMs, ...(stage !== null && { step: stage }), ...heads };
}

/** What was seen to start has just begun; of what was not, the service tells, whose clock may be another. */
function startMs(startedAt: string | null, wasSeen: boolean): number {
  const nowMs = Date.now();
  return wasSeen || startedAt === null ? nowMs : Math.min(nowMs, Date.parse(startedAt));
}

/** Undefined if it goes on. */
export function endOf(job: Job): PhotoState | undefined {
  const { id: jobId, status, result, error } = job;
  if (status === 'succeeded' && result !== undefined) return { stage: 'done', job: { ...job, result } };
  if (status !== 'failed' && status !== 'canceled') return undefined;
  const failure = new M2fpError(error?.code ?? 'canceled', error?.message ?? 'The job was canceled.', { jobId });
  return { stage: 'failed', error: failure, canRetry: true };
}

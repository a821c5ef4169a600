import { type Job, M2fpError, type SucceededJob } from '@m2fp/client/jobs';
import { isPhotoFault } from './photo-fault.ts';

/** Where a photo is on its way to its result. */
export type PhotoState =
  | { readonly stage: 'waiting' }
  /** 0..1 of the upload */
  | { readonly stage: 'sending'; readonly sentShare: number }
  | { readonly stage: 'queued'; readonly position?: number; readonly estimatedWaitS?: number }
  | {
      readonly stage: 'parsing';
      /** 0..100 */
      readonly percent: number;
      readonly done?: number;
      readonly total?: number;
      /** The last completed stage of the job. */
      readonly step?: string;
      /** When the attempt began, ms since the epoch by this machine's clock. */
      readonly sinceMs: number;
    }
  | { readonly stage: 'done'; readonly job: SucceededJob }
  | { readonly stage: 'failed'; readonly error: M2fpError; readonly canRetry: boolean }
  | { readonly stage: 'needs-key' };

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
  return { stage: 'failed', error: failure, canRetry: !isPhotoFault(failure) };
}

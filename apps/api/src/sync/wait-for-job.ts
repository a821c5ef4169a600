import { followJob } from '../jobs/follow-job.ts';
import type { FollowParts } from '../jobs/follow-job.ts';
import { isFinal } from '@m2fp/contract';
import type { JobRecord } from '@m2fp/contract';

const pollMs = 1_000;

export interface Patience {
  /** For a worker to take the job. */
  readonly startMs: number;
  /** For its end, from then on. */
  readonly endMs: number;
  /** The client hung up. */
  readonly signal: AbortSignal;
}

export type Waited =
  | { readonly kind: 'ended'; readonly record: JobRecord }
  /** Time was up, or the client hung up; `isTaken`: a worker has begun it. */
  | { readonly kind: 'left'; readonly isTaken: boolean }
  /** It was taken away. */
  | { readonly kind: 'gone' };

/** Waits for a job's end as long as patience lasts. A job that waits for its next attempt has been taken. */
export async function waitForJob(
  id: string,
  parts: FollowParts,
  { startMs, endMs, signal }: Patience,
): Promise<Waited> {
  const late = new AbortController();
  let timer = setTimeout(() => late.abort(), startMs);
  let isTaken = false;
  try {
    for await (const record of followJob(id, parts, { pollMs, signal: AbortSignal.any([signal, late.signal]) })) {
      if (record === undefined) return { kind: 'gone' };
      if (isFinal(record)) return { kind: 'ended', record };
      if (isTaken || record.attempts === 0) continue;
      isTaken = true;
      clearTimeout(timer);
      timer = setTimeout(() => late.abort(), endMs);
    }
    return { kind: 'left', isTaken };
  } finally {
    clearTimeout(timer);
  }
}

import { z } from '@hono/zod-openapi';
import { bounds, isFinal } from '@m2fp/contract';
import type { JobRecord } from '@m2fp/contract';
import { followJob } from '../jobs/follow-job.ts';
import type { FollowParts } from '../jobs/follow-job.ts';

export const preferHeader = z.object({
  prefer: z.string().max(bounds.preferHeader.max).optional().meta({
    description: '`wait=N` (RFC 7240): answer when the job has ended, or after N seconds at the latest.',
    example: 'wait=10',
  }),
});

/** Seconds that the client would like to wait; undefined for none, or if it does not say so in a known form. */
export function preferredWaitS(prefer: string | undefined): number | undefined {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;\s])/i.exec(prefer ?? '');
  const seconds = Number(match?.[1] ?? 0);
  return seconds === 0 ? undefined : seconds;
}

const pollMs = 1_000;

export interface WaitLimits {
  /** For a worker to start the job. */
  readonly startMs: number;
  /** For its end, from then on. */
  readonly endMs: number;
  /** The client hung up. */
  readonly signal: AbortSignal;
}

export type WaitOutcome =
  | { readonly kind: 'ended'; readonly record: JobRecord }
  /** Time ran out, or the client hung up; `isStarted`: a worker has started the job. */
  | { readonly kind: 'abandoned'; readonly isStarted: boolean }
  /** It was removed. */
  | { readonly kind: 'gone' };

/** Waits for a job's end within the limits. A job that waits for its next attempt counts as started. */
export async function waitForJob(
  id: string,
  parts: FollowParts,
  { startMs, endMs, signal }: WaitLimits,
): Promise<WaitOutcome> {
  const late = new AbortController();
  let timer = setTimeout(() => late.abort(), startMs);
  let isStarted = false;
  try {
    for await (const record of followJob(id, parts, { pollMs, signal: AbortSignal.any([signal, late.signal]) })) {
      if (record === undefined) return { kind: 'gone' };
      if (isFinal(record)) return { kind: 'ended', record };
      if (isStarted || record.attempts === 0) continue;
      isStarted = true;
      clearTimeout(timer);
      timer = setTimeout(() => late.abort(), endMs);
    }
    return { kind: 'abandoned', isStarted };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What happens to a job that fails, all in one place.
 *
 * An attempt that fails with a retryable code is repeated, up to `jobAttempts` attempts, after a pause of 1 s that
 * doubles, with jitter; any other code ends the job immediately. A worker's death is not a failed attempt: the job's
 * lock expires and another worker takes it (LOCK_DURATION_MS, MAX_STALLED_COUNT and MAX_STARTED_ATTEMPTS of the
 * worker).
 */
import type { ErrorCode } from './error-codes.ts';

/** Codes whose cause may be gone by the next attempt. Everything else fails a job immediately. */
const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'timeout',
  'internal',
  'queue_unavailable',
  'storage_unavailable',
]);

export function isRetryable(code: ErrorCode): boolean {
  return retryableCodes.has(code);
}

export const jobAttempts = 3;
/** In BullMQ's terms; `delay` in ms. */
export const jobBackoff = { type: 'exponential', delay: 1_000, jitter: 0.5 } as const;

/**
 * Whether the attempt that failed was the job's last.
 * @param attemptsMade attempts that failed before this one
 * @param attempts the job's own limit, as it was queued
 */
export function isLastAttempt(
  { retryable }: { readonly retryable: boolean },
  attemptsMade: number,
  attempts: number | undefined,
): boolean {
  return !retryable || attemptsMade + 1 >= (attempts ?? 1);
}

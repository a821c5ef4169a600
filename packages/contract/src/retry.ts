/**
 * What is retried, and when: all in one place.
 *
 * Jobs: an attempt that fails with a retryable code is repeated, up to `jobAttempts` attempts, after a pause of 1 s
 * that doubles, with jitter; any other code ends the job immediately. A worker's death is not a failed attempt: the
 * job's lock expires and another worker takes it (the worker's `LOCK_DURATION_MS`, `MAX_STALLED_COUNT` and
 * `MAX_STARTED_ATTEMPTS`). Nor is storage that is away: the job is put off (`putOffMs`), for some minutes in all.
 *
 * Webhooks: a delivery that does not get a 2xx answer is repeated on a schedule of three days.
 */
import type { ErrorCode } from './error-codes.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Codes whose cause may be gone by the next attempt. Everything else fails a job immediately. */
const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'timeout',
  'internal',
  'queue_unavailable',
  'storage_unavailable',
  'input_unavailable',
]);

export function isRetryable(code: ErrorCode): boolean {
  return retryableCodes.has(code);
}

export const jobAttempts = 3;
/** In BullMQ's terms; `delay` in ms. The worker applies it. */
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

/**
 * How long a job waits that met storage which is away: 2 s, doubled each time, up to a minute, less up to half of it so
 * that not all come back at once. Undefined once half of its starts are used up: the others are for its attempts.
 * @param started how often the job was started, this time included
 * @param mostStarts how often it may be
 */
export function putOffMs(started: number, mostStarts: number): number | undefined {
  if (started > mostStarts / 2) return undefined;
  return Math.min(2 ** started * second, minute) * (1 - Math.random() / 2);
}

/**
 * When a delivery is attempted, ms after the previous attempt; jitter of up to a tenth is added to each but the first.
 * The last attempt is about three days after the event.
 */
export const webhookScheduleMs: readonly number[] = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];
export const webhookTimeoutMs = 15_000;

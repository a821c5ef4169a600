import { isTransient, M2fpError } from './errors.ts';
import { pause, startTimeLimit } from './time-limit.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call; what it throws is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the call may take, tries and pauses included, ms. What it throws then has the code `wait_timeout`. */
  readonly timeoutMs?: number | undefined;
  /** How often a transient failure is tried again. */
  readonly maxRetries?: number | undefined;
  /** Called with each transient failure, before the request is sent again. */
  readonly onRetry?: ((error: M2fpError) => void) | undefined;
}

export interface RetryRule extends Omit<CallOptions, 'timeoutMs' | 'maxRetries'> {
  readonly timeoutMs: number;
  readonly maxRetries: number;
}

const shortestPauseMs = 500;
const longestPauseMs = 10_000;
/** A server error may be transient; one that persists is a bug, and not a reason to retry forever. */
const maxServerErrors = 5;

/**
 * Calls `attempt` until it succeeds. A transient failure is retried with growing pauses, no sooner than the service
 * asks, as often and as long as the rule says; anything else is thrown.
 */
export async function withRetries<T>(attempt: (signal: AbortSignal) => Promise<T>, rule: RetryRule): Promise<T> {
  let last: M2fpError | undefined;
  const limit = startTimeLimit(rule.timeoutMs, rule.signal, () => timeUp(rule.timeoutMs, last));
  let serverErrors = 0;
  try {
    for (let retries = 0; ; retries++) {
      try {
        limit.signal.throwIfAborted();
        return await attempt(limit.signal);
      } catch (error) {
        limit.signal.throwIfAborted();
        if (!isTransient(error) || retries >= rule.maxRetries) throw error;
        if (error.code === 'internal' && ++serverErrors >= maxServerErrors) throw error;
        last = error;
        rule.onRetry?.(error);
        await pause(pauseMs(retries, error), limit.signal);
      }
    }
  } finally {
    limit.end();
  }
}

/** Doubled each time. Up to a quarter is added, so that those who failed together do not come back together. */
function pauseMs(retries: number, { retryAfterMs = 0 }: M2fpError): number {
  const ownMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(retries, 10));
  return Math.max(ownMs, retryAfterMs) * (1 + Math.random() / 4);
}

/** @param cause the latest failure, if nothing has succeeded since */
export function timeUp(timeoutMs: number, cause?: M2fpError, about: { jobId?: string; batchId?: string } = {}) {
  const { jobId, batchId } = about;
  const what = batchId === undefined ? 'It' : `The batch ${batchId}`;
  const why = cause === undefined ? '' : ` Most recently: ${cause.message}`;
  return new M2fpError('wait_timeout', `${what} took longer than ${timeoutMs / 1_000} s.${why}`, { cause, jobId });
}

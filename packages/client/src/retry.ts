import { isTransient, type M2fpError } from './errors.ts';

/** Options of every call that waits. */
export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each transient failure, before the request is sent again. */
  readonly onRetry?: ((error: M2fpError) => void) | undefined;
}

const shortestPauseMs = 500;
const longestPauseMs = 10_000;
/** A server error may be transient; one that persists is a bug, and not a reason to retry forever. */
const maxServerErrors = 5;

/**
 * Calls `attempt` until it succeeds. A transient failure is retried until the signal aborts, with growing pauses and no
 * sooner than the service asks; anything else is thrown.
 */
export async function withRetries<T>(attempt: () => Promise<T>, { signal, onRetry }: RetryOptions): Promise<T> {
  let serverErrors = 0;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTransient(error)) throw error;
      if (error.code === 'internal' && ++serverErrors >= maxServerErrors) throw error;
      onRetry?.(error);
      await pause(Math.max(pauseMs, error.retryAfterMs ?? 0), signal);
    }
  }
}

/** Resolves after `ms`; rejects with the signal's reason if it aborts first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      // An abort reason need not be an Error; it is passed on as is.
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

import { AppError, type ErrorCode } from '@m2fp/contract';

export interface Deadline {
  readonly timeoutMs: number;
  /** Of the error that is thrown when the time is up. */
  readonly code: ErrorCode;
  readonly message: string;
  /** Aborts the work too, such as when the client hangs up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The same for work that takes no signal, such as a question to Redis: several of them are part of each request, so it
 * makes nothing that they do not need.
 */
export function inTime<T>({ timeoutMs, code, message }: Omit<Deadline, 'signal'>, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new AppError(code, message)), timeoutMs);
    // What it throws at once counts as well.
    (async () => work())()
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/**
 * Runs `work` for at most `timeoutMs` and then throws `code`, whether or not the work heeds its signal: a call that
 * hangs must not hang its caller.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const signal =
    deadline.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, deadline.signal]);
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const late = new AppError(deadline.code, deadline.message);
      reject(late);
      controller.abort(late);
    }, deadline.timeoutMs);
  });
  try {
    return await Promise.race([work(signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

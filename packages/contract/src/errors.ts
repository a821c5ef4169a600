import type { ErrorCode } from './error-codes.ts';
import { isRetryable } from './retry.ts';

/** The error of this codebase. `message` is safe to show to a client; anything that is not goes into `cause`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** Which of the reasons that its code may have, as a word from a closed list; for probes and operators. */
  readonly reason: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; reason?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? isRetryable(code);
    this.reason = options.reason;
  }
}

/** An `AppError` for anything thrown: itself if it is one, otherwise `internal` with a generic message. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'Something went wrong on our side.', { cause: error });
}

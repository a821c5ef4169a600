/**
 * The closed list of error codes that users see, over HTTP (problem+json `code`) and in a failed job's `error.code`.
 * A code, once published, keeps its meaning.
 */
export const errorCodes = [
  'image_unreadable',
  'image_too_large',
  'unsupported_format',
  'input_not_found',
  'input_denied',
  'output_denied',
  'model_unavailable',
  'timeout',
  'canceled',
  'internal',
  'malformed_request',
  'invalid_request',
  'unsupported_media_type',
  'payload_too_large',
  'not_found',
  'expired',
  'method_not_allowed',
  'not_acceptable',
  'unauthorized',
  'forbidden',
  'conflict',
  'idempotency_mismatch',
  'rate_limited',
  'overloaded',
  'queue_unavailable',
  'storage_unavailable',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Codes whose cause may be gone at the next attempt. Everything else fails a job at once. */
const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'timeout',
  'internal',
  'queue_unavailable',
  'storage_unavailable',
]);

/** The one error of this codebase. `message` is safe to show to a client; what is not goes into `cause` or `details`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.has(code);
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (errorCodes as readonly string[]).includes(value);
}

/** An `AppError` for anything thrown: itself if it has a known code, else `internal` with a generic message. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'Something went wrong on our side.', { cause: error });
}

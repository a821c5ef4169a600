import type { ErrorCode } from '@m2fp/contract';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface ProblemKind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  /** Seconds after which trying again may help; sent as `Retry-After`. */
  readonly retryAfterS?: number;
}

/** Every error code as HTTP. Exhaustive: a new code does not compile until it has its row. */
export const problemKinds: Readonly<Record<ErrorCode, ProblemKind>> = {
  malformed_request: { status: 400, title: 'The request body cannot be read' },
  unauthorized: { status: 401, title: 'Authentication is needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  input_denied: { status: 403, title: 'The input key is not allowed' },
  output_denied: { status: 403, title: 'The output prefix is not allowed' },
  not_found: { status: 404, title: 'Not found' },
  expired: { status: 404, title: 'No longer kept' },
  input_not_found: { status: 404, title: 'There is no object at the input key' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'None of the accepted types can be made' },
  conflict: { status: 409, title: 'In conflict with the present state' },
  canceled: { status: 409, title: 'The job was canceled' },
  image_too_large: { status: 413, title: 'The image is too large' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_format: { status: 415, title: 'The image format is not supported' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  image_unreadable: { status: 422, title: 'The image cannot be read' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used with another payload' },
  overloaded: { status: 429, title: 'Too much work is waiting', retryAfterS: 10 },
  rate_limited: { status: 429, title: 'Too many requests', retryAfterS: 10 },
  internal: { status: 500, title: 'Internal error' },
  model_unavailable: { status: 503, title: 'The model is not available', retryAfterS: 30 },
  queue_unavailable: { status: 503, title: 'The queue is not available', retryAfterS: 5 },
  storage_unavailable: { status: 503, title: 'The object storage is not available', retryAfterS: 5 },
  timeout: { status: 504, title: 'It took too long' },
};

/** One field that was refused. */
export interface FieldError {
  /** RFC 6901 JSON pointer into the request body; for a form, into the object that its fields make up. */
  readonly pointer: string;
  readonly message: string;
}

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** The request's id, which is in `X-Request-Id` and in the log too. */
  readonly instance: string;
  readonly errors?: readonly FieldError[];
  readonly job_id?: string;
}

/** What a problem may say beyond its code and detail. */
export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly job_id?: string;
}

export function problemType(code: ErrorCode): string {
  return `urn:m2fp:problem:${code}`;
}

/** @param detail safe to show; `instance` is the request's id. */
export function createProblem(code: ErrorCode, detail: string, instance: string, extras: ProblemExtras = {}): Problem {
  const { status, title } = problemKinds[code];
  return { type: problemType(code), title, status, detail, code, instance, ...extras };
}

export function problemHeaders(code: ErrorCode): Record<string, string> {
  const { retryAfterS } = problemKinds[code];
  const type = { 'content-type': 'application/problem+json' };
  return retryAfterS === undefined ? type : { ...type, 'retry-after': String(retryAfterS) };
}

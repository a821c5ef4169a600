/** Errors as RFC 9457 problem documents: which status each code has, and how a thrown error becomes an answer. */
import { AppError, bounds, toAppError } from '@m2fp/contract';
import type { ErrorCode } from '@m2fp/contract';
import type { Context, ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import { QueueUnavailable } from '@m2fp/service/redis';
import { ShareExceeded } from '../access/share-refusals.ts';
import { mendedMessage, unknownField } from '../mending/fields.ts';
import type { ApiEnv } from './context.ts';
import { sizeFault } from './size-bounds.ts';

interface ProblemKind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  /** Seconds after which a retry may help; sent as `Retry-After`. */
  readonly retryAfterS?: number;
}

/** Every error code as HTTP. Exhaustive: a new code does not compile until it has its row. */
export const problemKinds: Readonly<Record<ErrorCode, ProblemKind>> = {
  malformed_request: { status: 400, title: 'The request body cannot be read' },
  unauthorized: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'Not allowed' },
  input_denied: { status: 403, title: 'The photo may not be read from there' },
  output_denied: { status: 403, title: 'The output prefix is not allowed' },
  not_found: { status: 404, title: 'Not found' },
  expired: { status: 404, title: 'No longer kept' },
  input_not_found: { status: 404, title: 'There is no photo at that key or URL' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'None of the accepted types is available' },
  conflict: { status: 409, title: 'Conflicts with the current state' },
  canceled: { status: 409, title: 'The job was canceled' },
  image_too_large: { status: 413, title: 'The image is too large' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_format: { status: 415, title: 'The image format is not supported' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  image_unreadable: { status: 422, title: 'The image cannot be read' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used with a different payload' },
  overloaded: { status: 429, title: 'Too much work is waiting', retryAfterS: 10 },
  rate_limited: { status: 429, title: 'Too many requests', retryAfterS: 10 },
  input_unavailable: { status: 424, title: 'The photo could not be fetched from its URL' },
  internal: { status: 500, title: 'Internal error' },
  model_unavailable: { status: 503, title: 'The model is not available', retryAfterS: 30 },
  queue_unavailable: { status: 503, title: 'The queue is not available', retryAfterS: 5 },
  storage_unavailable: { status: 503, title: 'The object storage is not available', retryAfterS: 5 },
  timeout: { status: 504, title: 'It took too long' },
};

/** A rejected field. */
export interface FieldError {
  /** RFC 6901 JSON pointer into the request body; for a form, into the object that its fields form. */
  readonly pointer: string;
  readonly message: string;
}

/** What a problem may say beyond its code and detail. */
interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly job_id?: string;
}

/** An RFC 9457 problem document. */
export interface Problem extends ProblemExtras {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** The request's id, also in `X-Request-Id` and in the log. */
  readonly instance: string;
}

/** @param detail safe to show, and cut if it is long; `instance` is the request's id. */
export function createProblem(code: ErrorCode, detail: string, instance: string, extras: ProblemExtras = {}): Problem {
  const { status, title } = problemKinds[code];
  return { type: `urn:m2fp:problem:${code}`, title, status, detail: shown(detail), code, instance, ...extras };
}

/**
 * A text that may repeat what was sent, as it is shown: cut, and without characters that JSON writes as six. With the
 * bound on errors, this keeps a problem document under `bounds.refusal`.
 */
function shown(text: string): string {
  const { max } = bounds.problemText;
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.toWellFormed().replace(/\p{Cc}/gu, '\ufffd');
}

export function problemHeaders(code: ErrorCode): Record<string, string> {
  const { retryAfterS } = problemKinds[code];
  const type = { 'content-type': 'application/problem+json' };
  return retryAfterS === undefined ? type : { ...type, 'retry-after': String(retryAfterS) };
}

/** A request that does not match its schema: 422 with one entry per rejected field, for the first of them. */
export class InvalidRequest extends AppError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('invalid_request', summarize(errors));
    this.name = 'InvalidRequest';
    this.errors = errors
      .slice(0, bounds.problemErrors.max)
      .map(({ pointer, message }) => ({ pointer: shown(pointer), message: shown(message) }));
  }
}

function summarize(errors: readonly FieldError[]): string {
  const [first, ...others] = errors;
  if (first === undefined) return 'The request is not valid.';
  const place = first.pointer === '' ? '' : `${first.pointer}: `;
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${place}${first.message}${rest}`;
}

/** A problem of a request that has a job: the answer names it, so that the client can still find it. */
export class JobProblem extends AppError {
  readonly jobId: string;

  constructor(code: ErrorCode, message: string, jobId: string) {
    super(code, message);
    this.name = 'JobProblem';
    this.jobId = jobId;
  }
}

/** RFC 6901: `~` and `/` in a name are escaped. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * zod's findings as field errors, with what was probably meant; each unknown field has its own entry.
 * @param schema undefined if it is not known
 */
export function fieldErrors(error: z.ZodError, schema: z.ZodType | undefined, value: unknown): FieldError[] {
  return error.issues.flatMap((issue) => {
    const { path } = issue;
    if (issue.code !== 'unrecognized_keys') {
      return [{ pointer: jsonPointer(path), message: mendedMessage(issue, value) }];
    }
    return issue.keys.map((key) => {
      return { pointer: jsonPointer([...path, key]), message: unknownField(key, path, schema) };
    });
  });
}

/** Throws `InvalidRequest`. Everything that a client sends meets its schema here or in `createRoutes`. */
export function parseOrRefuse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const fault = sizeFault(schema, value);
  if (fault !== undefined) throw new InvalidRequest([{ pointer: jsonPointer(fault.path), message: fault.message }]);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidRequest(fieldErrors(parsed.error, schema, value));
  return parsed.data;
}

/** Answers the request with the error's problem document. */
export function answerProblem(
  context: Context<ApiEnv>,
  error: AppError,
  headers: Record<string, string> = {},
): Response {
  context.set('problemCode', error.code);
  const { share, retryAfterS } = error instanceof ShareExceeded ? error : {};
  context.set('exceeded', share);
  const problem = createProblem(error.code, error.message, context.get('requestId'), extrasOf(error));
  // Through the context, so that headers set earlier, such as the request's id, are kept.
  return context.body(JSON.stringify(problem), problemKinds[error.code].status, {
    ...problemHeaders(error.code),
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...headers,
  });
}

function extrasOf(error: AppError): ProblemExtras {
  if (error instanceof InvalidRequest) return { errors: error.errors };
  const hasJob = error instanceof QueueUnavailable || error instanceof JobProblem;
  if (hasJob && error.jobId !== undefined) return { job_id: error.jobId };
  return {};
}

/** Everything that a handler throws ends here. Server errors are logged with their cause, here and nowhere else. */
export const onError: ErrorHandler<ApiEnv> = (thrown, context) => {
  const error = toAppError(thrown);
  if (problemKinds[error.code].status >= 500) {
    context.get('log').error({ err: error, code: error.code }, 'request failed');
  }
  return answerProblem(context, error);
};

import type { components } from './api-schema.generated.ts';

/** RFC 9457, as the service answers. */
export type Problem = components['schemas']['Problem'];

/**
 * What only the client finds out: `network`, there was no answer, or one of a proxy that may pass; `refused`, something
 * other than the service, such as a proxy or the bucket, refused; `wait_timeout`, the call's own time was up;
 * `input_unreadable`, the photo to send could not be read.
 */
type ClientCode = 'network' | 'refused' | 'wait_timeout' | 'input_unreadable';

interface ErrorFacts {
  readonly status?: number | undefined;
  readonly problem?: Problem | undefined;
  readonly jobId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The service refused, a job failed (`status` is then 0), or the client itself could not go on. */
export class M2fpError extends Error {
  /** Stable; docs/client.md lists the client's own, the API's document the others, under `Problem`. */
  readonly code: Problem['code'] | ClientCode;
  /** HTTP status; 0 if there is none. */
  readonly status: number;
  /** The whole problem document, if there is one. */
  readonly problem: Problem | undefined;
  /** The job that it is about, if there is one: it may still be running after a `wait_timeout`. */
  readonly jobId: string | undefined;
  /** Under which the service logged the request. */
  readonly requestId: string | undefined;
  /** How long the service asks to wait, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(code: M2fpError['code'], message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.name = 'M2fpError';
    this.code = code;
    this.status = facts.status ?? 0;
    this.problem = facts.problem;
    this.jobId = facts.jobId ?? facts.problem?.job_id;
    this.requestId = facts.requestId ?? facts.problem?.instance;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Codes whose cause may be gone by the next try. */
const transientCodes: ReadonlySet<M2fpError['code']> = new Set([
  'network',
  'internal',
  'overloaded',
  'rate_limited',
  'queue_unavailable',
  'storage_unavailable',
] as const);

/** Whether the same call may succeed later. The client has then tried again already. */
export function isTransient(error: unknown): error is M2fpError {
  return error instanceof M2fpError && transientCodes.has(error.code);
}

/** Of those below 500, if something other than the service answers: Request Timeout, Too Early, Too Many Requests. */
const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/** Turns a response that is not 2xx into an error. Reads its body. */
export async function readProblem(response: Response): Promise<M2fpError> {
  const body: unknown = await response.json().catch(() => undefined);
  const facts = {
    status: response.status,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    requestId: response.headers.get('x-request-id') ?? undefined,
  };
  if (!isProblem(body)) {
    // A proxy in between answered, not the service.
    const code = response.status >= 500 || transientStatuses.has(response.status) ? 'network' : 'refused';
    return new M2fpError(code, `The server answered ${response.status}.`, facts);
  }
  return new M2fpError(body.code, body.detail, { ...facts, problem: body });
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

import type { components } from './api-schema.generated.ts';

/** RFC 9457, as the service answers. */
export type Problem = components['schemas']['Problem'];

/** The service refused, a job failed (`status` is then 0), or there was no answer at all (`code` is `network`). */
export class M2fpError extends Error {
  /** Stable; the API's document lists the codes under `Problem`. */
  readonly code: Problem['code'] | 'network';
  /** HTTP status; 0 if there is none. */
  readonly status: number;
  /** The whole problem document, if there is one. */
  readonly problem: Problem | undefined;
  /** How long the service asks to wait, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: M2fpError['code'],
    message: string,
    facts: { status?: number; problem?: Problem; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: facts.cause });
    this.name = 'M2fpError';
    this.code = code;
    this.status = facts.status ?? 0;
    this.problem = facts.problem;
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

export function isTransient(error: unknown): error is M2fpError {
  return error instanceof M2fpError && transientCodes.has(error.code);
}

/** Turns a response that is not 2xx into an error. Reads its body. */
export async function readProblem(response: Response): Promise<M2fpError> {
  const body: unknown = await response.json().catch(() => undefined);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const facts = { status: response.status, retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined };
  if (!isProblem(body)) {
    // A proxy in between answered, not the service.
    const code = response.status >= 500 ? 'network' : 'internal';
    return new M2fpError(code, `The server answered ${response.status}.`, facts);
  }
  return new M2fpError(body.code, body.detail, { ...facts, problem: body });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

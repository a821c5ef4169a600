import type { components } from './api-schema.generated.ts';

export type Problem = components['schemas']['Problem'];

/** The service said no, a job failed (`status` is then 0), or there was no answer at all (`code` is `network`). */
export class M2fpError extends Error {
  /** Stable; the list is in the API's document, under `Problem`. */
  readonly code: Problem['code'] | 'network';
  /** HTTP status; 0 where there is none. */
  readonly status: number;
  /** The whole problem document, where there is one. */
  readonly problem: Problem | undefined;
  /** What the service asked to wait, ms. */
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

/** Codes whose cause may be gone at the next try. */
const passing: ReadonlySet<string> = new Set([
  'network',
  'internal',
  'overloaded',
  'rate_limited',
  'queue_unavailable',
  'storage_unavailable',
]);

export function isPassing(error: unknown): error is M2fpError {
  return error instanceof M2fpError && passing.has(error.code);
}

/** An answer that is no success, as an error. Reads its body. */
export async function problemOf(response: Response): Promise<M2fpError> {
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

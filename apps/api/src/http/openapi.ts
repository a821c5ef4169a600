import { errorCodes } from '@m2fp/contract';
import type { ErrorCode } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { RouteConfig } from '@hono/zod-openapi';
import { createProblem, problemKinds } from './problem.ts';

type Responses = RouteConfig['responses'];
type ResponseHeaders = Record<
  string,
  { description: string; required: boolean; schema: { type: 'string' | 'integer' } }
>;

const exampleRequestId = '5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f';

const problemSchema = z
  .object({
    type: z.string().describe('`urn:m2fp:problem:` and the code.'),
    title: z.string().describe('What the code means, in a few words.'),
    status: z.int().min(400).max(599).describe('As in the answer’s first line.'),
    detail: z.string().describe('What happened this time, in one sentence.'),
    code: z.enum(errorCodes).describe('Stable: program against this.'),
    instance: z.string().describe('The request’s id, as in `X-Request-Id`.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer (RFC 6901).'),
          message: z.string().describe('What is wrong there, and often what is right.'),
        }),
      )
      .optional()
      .describe('The rejected fields (`invalid_request`).'),
    job_id: z
      .string()
      .optional()
      .describe(
        'The job that this is about, which can be read later. With `queue_unavailable` on a create, it may have been ' +
          'queued anyway. On `POST /parse`, the job that failed or, with `timeout`, that is still running.',
      ),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

/** A file's bytes, as a body. */
export const bytesSchema = z.string().meta({ format: 'binary' });

/**
 * For the content of a response that is a file, before the types that it really has: generators of clients take the
 * first type that they know, and know bytes by this name only.
 */
export const anyBytes = {
  'application/octet-stream': {
    schema: bytesSchema.meta({ description: 'The bytes of any of the types that follow, which the answer names.' }),
  },
} as const;

/** A response header for the document. */
export function header(description: string, type: 'string' | 'integer' = 'string'): ResponseHeaders[string] {
  return { description, required: true, schema: { type } };
}

function optionalHeader(description: string): ResponseHeaders[string] {
  return { ...header(description), required: false };
}

/** Headers that every response has. */
export const openHeaders: ResponseHeaders = {
  'X-Request-Id': header('The request’s id: the one that was sent if it was usable, otherwise a new one.'),
};

/** Headers of responses of routes that may need an API key. */
export const commonHeaders: ResponseHeaders = {
  ...openHeaders,
  'RateLimit-Policy': optionalHeader(
    'With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, …',
  ),
  RateLimit: optionalHeader(
    'With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, …',
  ),
};

/** Problems of any route that may need an API key. */
const accessCodes = ['unauthorized', 'forbidden', 'rate_limited', 'queue_unavailable'] as const;

/**
 * The problem responses of a route: one per status, with an example for each code. Typed as empty: a handler throws
 * these, it never returns them.
 */
export function problems(...codes: readonly ErrorCode[]): Record<never, never> {
  return problemResponses([...codes, ...accessCodes], commonHeaders);
}

/** The same for a public route, which needs nothing from Redis before its own work. */
export function openProblems(...codes: readonly ErrorCode[]): Record<never, never> {
  return problemResponses(codes, openHeaders);
}

function problemResponses(codes: readonly ErrorCode[], always: ResponseHeaders): Responses {
  const responses: Responses = {};
  const all = new Set<ErrorCode>([...codes, 'internal']);
  for (const [status, ofStatus] of Map.groupBy(all, (code) => problemKinds[code].status)) {
    responses[status] = {
      description: ofStatus.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
      headers: { ...always, ...problemHeaders(ofStatus) },
      content: { 'application/problem+json': { schema: problemSchema, examples: examples(ofStatus) } },
    };
  }
  return responses;
}

function problemHeaders(codes: readonly ErrorCode[]): ResponseHeaders {
  const retry = codes.some((code) => problemKinds[code].retryAfterS !== undefined);
  return {
    ...(retry ? { 'Retry-After': header('Seconds to wait before trying again.', 'integer') } : {}),
    ...(codes.includes('unauthorized') ? { 'WWW-Authenticate': header('How to authenticate.') } : {}),
  };
}

function examples(codes: readonly ErrorCode[]) {
  return Object.fromEntries(
    codes.map((code) => {
      const errors = [{ pointer: '/options/short_side', message: 'Too small: expected number to be >=32' }];
      const extras = code === 'invalid_request' ? { errors } : {};
      return [code, { value: createProblem(code, problemKinds[code].title, exampleRequestId, extras) }];
    }),
  );
}

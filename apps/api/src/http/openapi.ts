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

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:m2fp:problem:` and the code.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What happened this time, in a sentence.'),
    code: z.enum(errorCodes).describe('Stable: write programs against this.'),
    instance: z.string().describe('The request’s id, as in `X-Request-Id`.'),
    errors: z
      .array(z.object({ pointer: z.string().describe('JSON pointer (RFC 6901).'), message: z.string() }))
      .optional()
      .describe('The fields that were refused (`invalid_request`).'),
    job_id: z
      .string()
      .optional()
      .describe(
        'The job that it is about, to ask for later. With `queue_unavailable` on a create: it may have been queued all ' +
          'the same. On `POST /parse`: how it ended, or, with `timeout`, that it goes on.',
      ),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

/** A response header for the document. */
export function header(description: string, type: 'string' | 'integer' = 'string'): ResponseHeaders[string] {
  return { description, required: true, schema: { type } };
}

function optionalHeader(description: string): ResponseHeaders[string] {
  return { ...header(description), required: false };
}

/** Headers that every response has. */
export const openHeaders: ResponseHeaders = {
  'X-Request-Id': header('The request’s id: the one that was sent, if it was usable, else a new one.'),
};

/** Headers that every response may have where an API key may be needed. */
export const commonHeaders: ResponseHeaders = {
  ...openHeaders,
  'RateLimit-Policy': optionalHeader('Where the key has a limit: `"requests";q=` requests for each `w=` seconds.'),
  RateLimit: optionalHeader('Where the key has a limit: `"requests";r=` requests left; all again in `t=` seconds.'),
};

/** What any request may meet that an API key may be needed for. */
const accessCodes = ['unauthorized', 'forbidden', 'rate_limited', 'queue_unavailable'] as const;

/**
 * The problem responses of a route, one for each status that its codes have, with an example for each code. Typed as
 * empty: a handler throws these, it never returns them.
 */
export function problems(...codes: readonly ErrorCode[]): Record<never, never> {
  return problemResponses([...codes, ...accessCodes], commonHeaders);
}

/** The same for a route that is for everybody, and asks nothing of Redis before its work. */
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
    ...(retry ? { 'Retry-After': header('Seconds to wait.', 'integer') } : {}),
    ...(codes.includes('unauthorized') ? { 'WWW-Authenticate': header('How to say who one is.') } : {}),
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

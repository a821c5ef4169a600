import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClient } from './client.ts';
import type { M2fpError } from './errors.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Sent {
  readonly url: string;
  readonly headers: Headers;
}

/** A client whose requests get these answers, the last one over and over; an Error is a connection that fails. */
function clientOf(...answers: (Response | Error)[]) {
  const sent: Sent[] = [];
  const answer = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    sent.push({ url: url as string, headers: new Headers(init?.headers) });
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next === undefined || next instanceof Error) throw next ?? new Error('There is no answer.');
    return next.clone();
  };
  return { client: createClient({ baseUrl: 'http://service/', apiKey: 'm2fp_key', fetch: answer }), sent };
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ code, detail: `This is ${code}.` }, { status, headers });
}

const job = { id: 'job_1', status: 'queued' };
const photo = new Uint8Array([1]);

test('a transient failure is sent again under the same idempotency key, no sooner than the service asks', async () => {
  const refusal = problem(503, 'queue_unavailable', { 'retry-after': '5' });
  const { client, sent } = clientOf(new TypeError('fetch failed'), refusal, Response.json(job, { status: 202 }));
  const retried: M2fpError['code'][] = [];
  const created = client.jobs.create(photo, { onRetry: ({ code }) => retried.push(code) });
  await vi.advanceTimersByTimeAsync(500);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(await created).toEqual(job);
  expect(retried).toEqual(['network', 'queue_unavailable']);
  expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
  expect(sent.map(({ url }) => url)).toEqual(Array(3).fill('http://service/v1/jobs'));
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer m2fp_key');
});

test('a refusal is final', async () => {
  const { client, sent } = clientOf(problem(415, 'unsupported_format'));
  await expect(client.jobs.create(photo)).rejects.toMatchObject({
    code: 'unsupported_format',
    status: 415,
    message: 'This is unsupported_format.',
  });
  expect(sent).toHaveLength(1);
});

test.each([
  ['a server error', problem(500, 'internal')],
  ['an answer from something else', new Response('<html>', { status: 200 })],
  ['a refusal from something else', new Response('<html>', { status: 404 })],
])('%s that persists is given up', async (_, answer) => {
  const { client, sent } = clientOf(answer);
  const created = client.jobs.create(photo).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await created).toMatchObject({ name: 'M2fpError', code: 'internal' });
  expect(sent).toHaveLength(5);
});

test('an abort ends the wait for the next try, with its reason', async () => {
  const { client, sent } = clientOf(new TypeError('fetch failed'));
  const controller = new AbortController();
  const waited = client.jobs.waitFor('job_1', { signal: controller.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  const before = sent.length;
  controller.abort('enough');
  expect(await waited).toBe('enough');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toHaveLength(before);
});

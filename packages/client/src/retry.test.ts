import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientOf, clientWith, problem } from '../testing/scripted-service.ts';
import type { M2fpError } from './errors.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // What is added to a pause at random.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const job = { id: 'job_1', status: 'queued' };
const photo = new Uint8Array([1]);
const failure = new TypeError('fetch failed');

test('a transient failure is sent again under the same idempotency key, no sooner than the service asks', async () => {
  const refusal = problem(503, 'queue_unavailable', { 'retry-after': '5' });
  const { client, sent } = clientOf(failure, refusal, Response.json(job, { status: 202 }));
  const retried: M2fpError['code'][] = [];
  const created = client.jobs.create(photo, { onRetry: ({ code }) => retried.push(code) });
  await vi.advanceTimersByTimeAsync(500);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(await created).toEqual(job);
  expect(retried).toEqual(['network', 'queue_unavailable']);
  const keys = new Set(sent.map(({ headers }) => headers.get('idempotency-key')));
  expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect(sent.map(({ url }) => url)).toEqual(Array(3).fill('http://service/v1/jobs'));
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer m2fp_key');
});

test('a refusal is final', async () => {
  const { client, sent } = clientOf(problem(415, 'unsupported_format'));
  await expect(client.jobs.create(photo)).rejects.toMatchObject({
    code: 'unsupported_format',
    status: 415,
    message: 'This is unsupported_format.',
    requestId: 'req_1',
  });
  expect(sent).toHaveLength(1);
});

test.each([
  ['a server error', problem(500, 'internal')],
  ['an answer from something else', new Response('<html>', { status: 200 })],
])('%s that persists is given up', async (_, answer) => {
  const { client, sent } = clientWith({ maxRetries: Infinity }, answer);
  const created = client.jobs.create(photo).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await created).toMatchObject({ name: 'M2fpError', code: 'internal' });
  expect(sent).toHaveLength(5);
});

test.each([400, 401, 403, 404, 405, 413])('a %i of a proxy is final', async (status) => {
  const { client, sent } = clientOf(new Response('<html>', { status }));
  const created = client.jobs.create(photo).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await created).toMatchObject({ code: 'refused', status });
  expect(sent).toHaveLength(1);
});

test.each([408, 425, 429, 502])('a %i of a proxy may pass', async (status) => {
  const { client } = clientOf(new Response('<html>', { status }), Response.json(job));
  const created = client.jobs.create(photo, { maxRetries: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await created).toEqual(job);
});

test('whoever waits outlasts the 404 of a load balancer whose service restarts', async () => {
  const backMs = Date.now() + 120_000;
  const { client } = clientOf(({ url }) => {
    if (Date.now() < backMs) return new Response('<html>', { status: 404 });
    return Response.json({ id: 'any_1', status: url.includes('/jobs/') ? 'succeeded' : 'finished', progress: {} });
  });
  const waits = [client.jobs.waitFor('job_1'), client.batches.waitFor('batch_1')];
  const ended = Promise.all(waits).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(150_000);
  expect(await ended).toMatchObject([{ status: 'succeeded' }, { status: 'finished' }]);
});

test('a connection that keeps failing is tried as often as the call, or else the client, says', async () => {
  const { client, sent } = clientOf(failure);
  const [five, one] = [client.models.list(), client.jobs.get('job_1', { maxRetries: 1 })].map((call) =>
    call.catch((error: unknown) => error),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await one).toMatchObject({ code: 'network', cause: failure });
  expect(await five).toMatchObject({ code: 'network' });
  expect(sent.map(({ url }) => url.slice('http://service/v1/'.length)).sort()).toEqual([
    ...['jobs/job_1', 'jobs/job_1', 'models', 'models', 'models', 'models', 'models', 'models'],
  ]);
});

test('what must not happen twice is sent once', async () => {
  const { client, sent } = clientOf(failure);
  await expect(client.webhooks.secrets.rotate({ maxRetries: 9 })).rejects.toMatchObject({ code: 'network' });
  await expect(client.webhooks.deliveries.redeliver('msg_1')).rejects.toMatchObject({ code: 'network' });
  expect(sent).toHaveLength(2);
});

test('a call ends at its deadline, and says what went wrong last', async () => {
  const { client } = clientOf(failure);
  const ended = client.jobs.get('job_1', { timeoutMs: 4_000, maxRetries: Infinity }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await ended).toMatchObject({ code: 'wait_timeout', cause: { code: 'network' } });
});

test('a server that does not answer is given up after a minute, and tried again', async () => {
  const never = vi.fn((_: unknown, init?: RequestInit) => {
    return new Promise<Response>((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
    });
  });
  const { client } = clientWith({ fetch: never });
  const ended = client.jobs.get('job_1', { maxRetries: 1 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000 + 500 + 60_000);
  expect(await ended).toMatchObject({ code: 'network', message: 'The server fell silent.' });
  expect(never).toHaveBeenCalledTimes(2);
});

test('an abort ends the wait for the next try, with its reason', async () => {
  const { client, sent } = clientOf(failure);
  const controller = new AbortController();
  const waited = client.jobs.waitFor('job_1', { signal: controller.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  const before = sent.length;
  controller.abort('enough');
  expect(await waited).toBe('enough');
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toHaveLength(before);
});

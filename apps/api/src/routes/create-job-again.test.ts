import { describe, expect, test } from 'vitest';
import { QueueUnavailable } from '@m2fp/service/redis';
import { createTestApi, encodeForm, jobResult, photo, photoForm } from '../../testing/test-api.ts';
import { readJob } from '../../testing/test-jobs.ts';

type TestApi = ReturnType<typeof createTestApi>;

const headers = { 'idempotency-key': 'order 4711' };
const body = { input: { key: 'inputs/photo.jpg' }, metadata: { a: '1', b: '2' } };

async function createApi(options: Parameters<typeof createTestApi>[0] = {}): Promise<TestApi> {
  const api = createTestApi(options);
  await api.putObject('inputs/photo.jpg');
  return api;
}

async function postForm(api: TestApi, content?: Uint8Array<ArrayBuffer>): Promise<Response> {
  const form = await encodeForm(photoForm({ options: { short_side: 320 } }, content));
  return api.request('/v1/jobs', { method: 'POST', body: form.body, headers: { ...form.headers, ...headers } });
}

describe('POST /v1/jobs with an Idempotency-Key', () => {
  test('sent again gives the first answer, whatever became of the job and the photo', async () => {
    const api = await createApi();
    const first = await (await api.postJson('/v1/jobs', body, headers)).json();
    await api.queue.take();
    await api.queue.complete((first as { id: string }).id, jobResult('results/x/'));
    await api.storage.remove(['inputs/photo.jpg'], { signal: AbortSignal.timeout(1_000) });
    const again = await api.postJson('/v1/jobs', { metadata: { b: '2', a: '1' }, input: body.input }, headers);
    expect(again.status).toBe(202);
    expect(again.headers.get('location')).toBe(`/v1/jobs/${(first as { id: string }).id}`);
    expect(await again.json()).toEqual(first);
    expect(await api.queue.backlog()).toBe(0);
  });

  test('of an upload keeps one photo and one job, even if many are sent at once', async () => {
    const api = await createApi();
    const answers = await Promise.all(
      [1, 2, 3, 4].map(async () => (await (await postForm(api)).json()) as { id: string; input: { key: string } }),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await api.queue.backlog()).toBe(1);
    expect(await api.keys()).toEqual(['inputs/photo.jpg', answers[0]?.input.key]);
  });

  test.each([
    ['another photo', () => photo(101)],
    ['a photo of other bytes', () => photo().fill(9, 50)],
  ])('is refused for %s, which is not kept', async (_what, content) => {
    const api = await createApi();
    expect((await postForm(api)).status).toBe(202);
    const kept = await api.keys();
    const response = await postForm(api, content());
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency_mismatch' });
    expect(await api.keys()).toEqual(kept);
  });

  test('is refused for other fields and another route', async () => {
    const api = await createApi();
    await api.postJson('/v1/jobs', body, headers);
    for (const response of [
      await api.postJson('/v1/jobs', { ...body, metadata: {} }, headers),
      await api.postJson('/v1/uploads', { content_type: 'image/png', bytes: 1 }, headers),
    ]) {
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'idempotency_mismatch' });
    }
  });

  test('keeps nothing of a create that was refused', async () => {
    const api = createTestApi();
    expect((await api.postJson('/v1/jobs', body, headers)).status).toBe(404);
    await api.putObject('inputs/photo.jpg');
    expect((await api.postJson('/v1/jobs', body, headers)).status).toBe(202);
  });

  test('gives the first answer even if the backlog is full by now', async () => {
    const api = await createApi({ settings: { maxBacklog: 1 } });
    const first = await (await postForm(api)).json();
    expect((await api.postJson('/v1/jobs', body)).status).toBe(429);
    const again = await postForm(api);
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual(first);
  });

  test('creates the job that an outage kept from being queued', async () => {
    const api = await createApi();
    const add = api.queue.add.bind(api.queue);
    api.queue.add = () => Promise.reject(new QueueUnavailable());
    expect((await postForm(api)).status).toBe(503);
    api.queue.add = add;
    const job = (await (await postForm(api)).json()) as { id: string; input: { key: string } };
    expect(await api.keys()).toEqual(['inputs/photo.jpg', job.input.key]);
    expect(await readJob(api, job.id)).toMatchObject({ status: 'queued' });
  });

  test.each(['', 'x'.repeat(256), 'ü'])('refuses the key %.10s', async (key) => {
    const api = await createApi();
    const response = await api.postJson('/v1/jobs', body, { 'idempotency-key': key });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '/idempotency-key' }] });
  });
});

test('POST /v1/uploads with an Idempotency-Key gives the same key again, and a fresh URL', async () => {
  const api = createTestApi();
  const ask = async () => {
    const response = await api.postJson('/v1/uploads', { content_type: 'image/png', bytes: 1 }, headers);
    expect(response.status).toBe(201);
    return (await response.json()) as { key: string };
  };
  expect((await ask()).key).toBe((await ask()).key);
});

describe('POST /v1/jobs with Prefer: wait', () => {
  const wait = { prefer: 'wait=20' };

  test('answers 200 with the job once it has ended, successfully or not', async () => {
    for (const isGood of [true, false]) {
      const api = await createApi();
      const response = api.postJson('/v1/jobs', body, wait);
      await expect.poll(() => api.queue.backlog()).toBe(1);
      const id = (await api.queue.take()) ?? '';
      if (isGood) await api.queue.complete(id, jobResult('results/x/'));
      else await api.queue.fail(id, '{"code":"image_unreadable","message":"cut off"}', { retry: false });
      expect((await response).status).toBe(200);
      expect((await response).headers.get('preference-applied')).toBe('wait=20');
      expect((await response).headers.get('location')).toBe(`/v1/jobs/${id}`);
      expect(await (await response).json()).toMatchObject({ id, status: isGood ? 'succeeded' : 'failed' });
    }
  });

  test.each(['wait=0', 'wait=soon', 'respond-async'])('answers 202 immediately for Prefer: %s', async (prefer) => {
    const api = await createApi();
    const response = await api.postJson('/v1/jobs', body, { prefer });
    expect(response.status).toBe(202);
  });

  test('answers 202 if it does not end in that time, and if too many requests wait', async () => {
    const api = await createApi({ settings: { syncTimeoutMs: 50 } });
    expect((await api.postJson('/v1/jobs', body, wait)).status).toBe(202);
    const full = await createApi({ settings: { maxSyncWaiters: 1 } });
    const waiting = full.postJson('/v1/jobs', body, wait);
    await expect.poll(() => full.queue.backlog()).toBe(1);
    const response = await full.postJson('/v1/jobs', body, wait);
    expect(response.status).toBe(202);
    expect(await full.queue.backlog()).toBe(2);
    await full.queue.complete((await full.queue.take()) ?? '', jobResult('results/x/'));
    expect((await waiting).status).toBe(200);
  });

  test('leaves the job of a client that hangs up', async () => {
    const api = await createApi();
    const client = new AbortController();
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...wait }, signal: client.signal };
    const response = api.request('/v1/jobs', { ...init, body: JSON.stringify(body) });
    await expect.poll(() => api.queue.backlog()).toBe(1);
    client.abort();
    await response;
    expect(await api.queue.backlog()).toBe(1);
  });
});

/** What one owner may hold of a process, and that others still find room. */
import { bounds } from '@m2fp/contract';
import type { ShareLimits } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi, jobResult, photo, testSettings } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';
import { postPhoto, takeJob, workOnce } from '../../testing/test-parse.ts';
import type { Authenticator } from '../access/authenticator.ts';
import { anonymousCaller } from '../access/caller.ts';

const nothing = { waiters: 0, streams: 0, downloads: 0, upload_bytes: 0, memory: 0 };

/** Each key is an owner of its own, with these shares. */
function owners(limits: Partial<ShareLimits>): Authenticator {
  const anonymous = anonymousCaller(testSettings);
  return {
    identify: async (owner) => owner && { ...anonymous, owner, limits: { ...anonymous.limits, ...limits } },
    countRequest: async () => undefined,
  } as Authenticator;
}

const as = (owner: string) => ({ authorization: `Bearer ${owner}` });

/** A body of which only the beginning arrives, until it is ended. */
function unfinished(beginning: Uint8Array) {
  let control: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      control = controller;
      controller.enqueue(beginning);
    },
  });
  return { body, end: () => control?.close() };
}

function startUpload(
  api: ReturnType<typeof createTestApi>,
  owner: string,
  bytes = 200,
  signal: AbortSignal | null = null,
) {
  const { body, end } = unfinished(photo(bytes));
  const headers = { ...as(owner), 'content-type': 'image/jpeg', 'content-length': String(bytes) };
  const response = api.request('/parse', { method: 'POST', headers, body, duplex: 'half', signal });
  return { response, end };
}

describe('an owner', () => {
  test('whose uploads do not finish keeps nobody from waiting', async () => {
    const api = createTestApi({ authenticator: owners({ upload_bytes: 1_000_000 }), settings: { maxSyncWaiters: 1 } });
    const uploads = Array.from({ length: 20 }, () => startUpload(api, 'a', 5_000));
    await expect.poll(() => api.shares.held('a').upload_bytes).toBe(100_000);
    expect(api.shares.totals().waiters).toBe(0);
    const other = postPhoto(api, { headers: as('b') });
    await workOnce(api);
    expect((await other).status).toBe(200);
    for (const { end } of uploads) end();
    const statuses = Promise.all(uploads.map(async ({ response }) => (await response).status));
    await workOnce(api);
    expect((await statuses).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 429)]);
    expect(api.shares.totals()).toEqual(nothing);
    // Those that were refused have left no photo.
    expect((await api.keys()).filter((key) => key.startsWith('uploads/'))).toHaveLength(2);
  });

  test('has its share of waiting requests, which the refusal names, and others have theirs', async () => {
    const api = createTestApi({ authenticator: owners({ waiters: 1 }) });
    const waiting = postPhoto(api, { headers: as('a') });
    await takeJob(api);
    const refused = await postPhoto(api, { headers: as('a') });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await refused.json()).toMatchObject({
      code: 'rate_limited',
      detail: 'Your share `waiters` is used up: at most 1 requests that wait for their job, per API process.',
    });
    const other = postPhoto(api, { headers: as('b') });
    await workOnce(api);
    expect((await other).status).toBe(200);
    expect(api.shares.held('a').waiters).toBe(1);
    void waiting;
  });

  test('that has no room to wait, or waits for 0 seconds, is not put before others', async () => {
    const api = createTestApi({ authenticator: owners({ waiters: 1 }), settings: { maxBacklog: 10 } });
    await api.putObject('inputs/photo.jpg');
    const body = { input: { key: 'inputs/photo.jpg' } };
    const waiting = postPhoto(api, { headers: as('a') });
    const { id } = await takeJob(api);
    const post = async (prefer: string): Promise<string> => {
      const response = await api.postJson('/v1/jobs', body, { ...as('a'), prefer });
      expect(response.status).toBe(202);
      return ((await response.json()) as { id: string }).id;
    };
    const plain = await queueJob({ ...api, postJson: postAs(api, 'b') });
    const later = [await post('wait=9'), await post('wait=0'), await post('wait=many')];
    expect([await api.queue.take(), await api.queue.take(), await api.queue.take(), await api.queue.take()]).toEqual([
      plain,
      ...later,
    ]);
    await api.queue.fail(id, '{"code":"timeout","message":"slow"}', { retry: false });
    await waiting;
  });

  test('has its share of event streams', async () => {
    const api = createTestApi({ authenticator: owners({ streams: 1 }) });
    const ids = await Promise.all(['a', 'b'].map((owner) => queueJob({ ...api, postJson: postAs(api, owner) })));
    const open = (owner: string) =>
      api.request(`/v1/jobs/${ids[owner === 'a' ? 0 : 1]}/events`, { headers: as(owner) });
    const first = await open('a');
    expect(await (await open('a')).json()).toMatchObject({ status: 429, code: 'rate_limited' });
    const other = await open('b');
    expect(other.status).toBe(200);
    await Promise.all([first.body?.cancel(), other.body?.cancel()]);
    await expect.poll(() => api.shares.totals()).toEqual(nothing);
  });

  test('gets back what an upload held that was cut off, whatever the reason is', async () => {
    const api = createTestApi({ authenticator: owners({ upload_bytes: 10_000 }) });
    const client = new AbortController();
    const { response } = startUpload(api, 'a', 8_000, client.signal);
    await expect.poll(() => api.shares.held('a').upload_bytes).toBe(8_000);
    // The HTTP server aborts with a text instead of an error.
    client.abort('Error: aborted');
    expect((await response).status).toBe(400);
    expect(api.shares.totals()).toEqual(nothing);
  });

  test('has its share of downloads, until each is sent or given up', async () => {
    const api = createTestApi({ authenticator: owners({ downloads: 2 }) });
    const id = await queueJob({ ...api, postJson: postAs(api, 'a') });
    await api.queue.take();
    const result = jobResult('results/');
    await api.queue.complete(id, result);
    for (const { key } of result.files) await api.putObject(key, new Uint8Array(10));
    const download = (init: RequestInit = {}) =>
      api.app.request(`/v1/jobs/${id}/files/masks`, { headers: as('a'), ...init });
    const client = new AbortController();
    const [read, abandoned] = [await download(), await download({ signal: client.signal })];
    expect([read.status, abandoned.status]).toEqual([200, 200]);
    expect((await download()).status).toBe(429);
    await read.arrayBuffer();
    const canceled = await download();
    expect(canceled.status).toBe(200);
    await canceled.body?.cancel();
    client.abort();
    await expect.poll(() => api.shares.totals()).toEqual(nothing);
  });

  test('has its share of bytes on their way', async () => {
    const api = createTestApi({ authenticator: owners({ upload_bytes: 10_000 }) });
    const first = startUpload(api, 'a', 8_000);
    await expect.poll(() => api.shares.held('a').upload_bytes).toBe(8_000);
    const refused = startUpload(api, 'a', 8_000);
    expect(await (await refused.response).json()).toMatchObject({ status: 429, code: 'rate_limited' });
    first.end();
    await workOnce(api);
    expect((await first.response).status).toBe(200);
    expect(api.shares.totals()).toEqual(nothing);
  });
});

test('masks that are too large for an answer are named, not read', async () => {
  const api = createTestApi();
  const response = postPhoto(api);
  const { id } = await takeJob(api);
  const result = jobResult('results/');
  const files = result.files.map((file) => ({ ...file, bytes: bounds.parseAnswer.max + 1 }));
  await api.queue.complete(id, { ...result, files });
  expect(await (await response).json()).toMatchObject({ status: 406, code: 'not_acceptable', job_id: id });
});

function postAs(api: ReturnType<typeof createTestApi>, owner: string): (typeof api)['postJson'] {
  return (path, body, headers = {}) => api.postJson(path, body, { ...headers, ...as(owner) });
}

test('a page counts as one request for every twenty entries', async () => {
  const costs: (number | undefined)[] = [];
  const authenticator: Authenticator = {
    ...owners({}),
    countRequest: async (_caller, cost) => {
      costs.push(cost);
      const isAllowed = (cost ?? 1) < 4;
      return { ...{ isAllowed, limit: 6, windowS: 60, remaining: 0, resetS: 60, retryAfterS: 7 }, held: {} };
    },
  };
  const api = createTestApi({ authenticator });
  const list = async (path: string) => api.request(path, { headers: as('a') });
  expect((await list('/v1/jobs')).status).toBe(200);
  expect(costs.splice(0)).toEqual([undefined]);
  expect((await list('/v1/jobs?limit=21')).status).toBe(200);
  expect(costs.splice(0)).toEqual([undefined, 1]);
  for (const path of ['/v1/jobs', '/v1/batches', '/v1/webhooks/deliveries']) {
    const refused = await list(`${path}?limit=100`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    expect(costs.splice(0)).toEqual([undefined, 4]);
  }
});

test('a page never costs more than an owner may ask in a minute', async () => {
  const costs: (number | undefined)[] = [];
  const authenticator: Authenticator = {
    ...owners({ requests: 5 }),
    countRequest: async (_caller, cost) => {
      costs.push(cost);
      return undefined;
    },
  };
  const api = createTestApi({ authenticator });
  expect((await api.request('/v1/jobs?limit=100', { headers: as('a') })).status).toBe(200);
  expect(costs).toEqual([undefined, 4]);
});

test('a page waits for room to make it, and gives it back', async () => {
  const api = createTestApi({ authenticator: owners({ upload_bytes: 1e9 }) });
  const other = { owner: 'b', limits: anonymousCaller(testSettings).limits };
  api.shares.memory.raise(other, bounds.bodyMemory.max);
  let isAnswered = false;
  const page = Promise.resolve(api.request('/v1/jobs?limit=100', { headers: as('a') })).then(({ status }) => {
    isAnswered = true;
    return status;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAnswered).toBe(false);
  api.shares.memory.lower(other, bounds.bodyMemory.max);
  expect(await page).toBe(200);
  expect(api.shares.totals()).toEqual(nothing);
});

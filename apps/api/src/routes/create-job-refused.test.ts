/** Nothing stays of a create that is refused, with an Idempotency-Key or without, wherever it is refused. */
import { AppError, shareNames } from '@m2fp/contract';
import type { ShareLimits } from '@m2fp/contract';
import { QueueUnavailable } from '@m2fp/service/redis';
import { describe, expect, test } from 'vitest';
import { openAccess } from '../../testing/open-access.ts';
import { createTestApi, encodeForm, photoForm, testSettings } from '../../testing/test-api.ts';

const noLimits = Object.fromEntries(shareNames.map((name) => [name, null])) as ShareLimits;

/** An API whose callers may have one unfinished job, until `limit.jobs` says otherwise. */
function createLimitedApi() {
  const open = openAccess(testSettings);
  const limit: { jobs: number | null } = { jobs: 1 };
  const api = createTestApi({
    settings: { maxBacklog: 100 },
    authenticator: {
      ...open,
      identify: async (...request) => {
        const caller = await open.identify(...request);
        return caller && { ...caller, limits: { ...noLimits, ...limit } };
      },
    },
  });
  return { api, limit };
}
type TestApi = ReturnType<typeof createTestApi>;

async function post(api: TestApi, headers: Record<string, string>, path = '/v1/jobs'): Promise<Response> {
  const form = await encodeForm(photoForm());
  return api.request(path, { method: 'POST', body: form.body, headers: { ...form.headers, ...headers } });
}

describe.each([
  ['without an Idempotency-Key', {}],
  ['with one', { 'idempotency-key': 'again' }],
])('a photo that came with a request %s', (_how, headers) => {
  test.each(['/v1/jobs', '/parse'])('is removed if the caller has too many unfinished jobs: %s', async (path) => {
    const { api, limit } = createLimitedApi();
    expect((await post(api, {})).status).toBe(202);
    const kept = await api.keys();
    expect((await post(api, headers, path)).status).toBe(429);
    expect(await api.keys()).toEqual(kept);
    expect(api.queue.pendingUploads).toEqual(new Set());
    // The same request may succeed later, with a photo of its own.
    limit.jobs = null;
    if (path === '/v1/jobs') expect((await post(api, headers, path)).status).toBe(202);
  });

  test('is removed if the queue is certainly down, and if its job has a fault', async () => {
    const api = createTestApi();
    for (const error of [new QueueUnavailable(), new AppError('internal', 'a fault')]) {
      api.queue.add = () => Promise.reject(error);
      expect((await post(api, headers)).status).toBeGreaterThanOrEqual(500);
      expect(await api.keys()).toEqual([]);
      expect(api.queue.pendingUploads).toEqual(new Set());
    }
  });

  test('is announced before it is stored, and not pending once it has a job', async () => {
    const api = createTestApi();
    const before: string[] = [];
    const putStream = api.storage.putStream.bind(api.storage);
    api.storage.putStream = async (key, ...rest) => {
      if (api.queue.pendingUploads.has(key)) before.push(key);
      return putStream(key, ...rest);
    };
    expect((await post(api, headers)).status).toBe(202);
    expect(before).toEqual(await api.keys());
    expect(api.queue.pendingUploads).toEqual(new Set());
  });

  test('stays pending if it cannot be removed: the dispatcher does it', async () => {
    const api = createTestApi({ storage: { remove: () => Promise.reject(new Error('down')) } });
    api.queue.add = () => Promise.reject(new QueueUnavailable());
    expect((await post(api, headers)).status).toBe(503);
    expect(api.queue.pendingUploads).toEqual(new Set(await api.keys()));
  });

  test('stays if the job may have been queued in spite of the error', async () => {
    const api = createTestApi();
    api.queue.add = (id) => Promise.reject(new QueueUnavailable({ jobId: id }));
    expect((await post(api, headers)).status).toBe(503);
    expect(await api.keys()).toHaveLength(1);
  });
});

test('a photo that is not stored is not pending either', async () => {
  const api = createTestApi({ storage: { putStream: () => Promise.reject(new AppError('output_denied', 'no')) } });
  await post(api, {});
  expect(api.queue.pendingUploads).toEqual(new Set());
});

/** What clients of the API see of an S3 that refuses, by the answers that S3 gives. */
import { createS3Storage, type ObjectStorage } from '@m2fp/storage';
import { scriptedKey, startScriptedS3, type ScriptedS3 } from '@m2fp/storage/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestApi, photo, photoForm } from '../../testing/test-api.ts';

let s3: ScriptedS3;
let storage: ObjectStorage;
beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  s3 = await startScriptedS3();
  s3.objects.add('inputs/a.jpg', Buffer.from(photo()));
  const where = { endpoint: s3.endpoint, region: 'us-east-1', bucket: s3.bucket, forcePathStyle: true };
  storage = createS3Storage({ ...where, credentials: scriptedKey });
});
afterEach(async () => {
  vi.restoreAllMocks();
  storage.close();
  await s3.stop();
});

function createApi() {
  return createTestApi({
    storage: {
      head: (key, options) => storage.head(key, options),
      putStream: (key, body, options) => storage.putStream(key, body, options),
      ping: (options) => storage.ping(options),
    },
    settings: { storageTimeoutMs: 5_000, uploadTimeoutMs: 5_000 },
  });
}

const byKey = (api: ReturnType<typeof createApi>) => api.postJson('/v1/jobs', { input: { key: 'inputs/a.jpg' } });
const byUpload = (api: ReturnType<typeof createApi>) => api.postForm('/v1/jobs', photoForm());

test.each([
  ['SlowDown', 'slow_down'],
  ['InternalError', 'failing'],
  ['ExpiredToken', 'expired_credentials'],
  ['InvalidAccessKeyId', 'wrong_credentials'],
  ['NoSuchBucket', 'no_such_bucket'],
  ['TemporaryRedirect', 'wrong_region'],
  ['RequestTimeTooSkewed', 'clock_skew'],
] as const)('%s: try again later, nothing is queued, and readiness says %s', async (name, reason) => {
  s3.refusal = () => name;
  const api = createApi();
  for (const create of [byKey, byUpload]) {
    const response = await create(api);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'storage_unavailable' });
  }
  expect(await api.queue.take()).toBeUndefined();
  const readiness = await api.request('/readyz');
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({
    ...{ status: 'unavailable', checks: { queue: 'up', storage: 'down' }, reasons: { storage: reason } },
  });
});

test('AccessDenied for one key is an answer about that key: the service stays ready', async () => {
  s3.refusal = ({ key }) => (key === 'inputs/a.jpg' ? 'AccessDenied' : undefined);
  const api = createApi();
  const response = await byKey(api);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ code: 'input_denied' });
  expect((await byUpload(api)).status).toBe(202);
  expect((await api.request('/readyz')).status).toBe(200);
});

test('what is over within a moment, no client notices', async () => {
  const api = createApi();
  for (const name of ['SlowDown', 'ServiceUnavailable', 'RequestTimeout'] as const) {
    s3.script(name);
    expect((await byUpload(api)).status).toBe(202);
  }
});

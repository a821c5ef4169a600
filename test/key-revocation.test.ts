/** What a key has open at an API ends when the key is revoked. */
import { randomBytes } from 'node:crypto';
import { redisKeys } from '@m2fp/contract';
import { ApiKeys, defaultScopes } from '@m2fp/queue/access';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startApi, waitUntilReady } from './support/api/api-process.ts';
import { until } from './support/worker/until.ts';

const photo = Uint8Array.from({ length: 200 }, (_, i) => [0xff, 0xd8, 0xff, 0xe0][i] ?? 7);

test('revoking a key ends its streams and waiting requests, and leaves those of its owner’s other key', async () => {
  const prefix = `revoke-${randomBytes(6).toString('hex')}`;
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  const apiKeys = new ApiKeys(redis, redisKeys(prefix));
  const api = await startApi({ QUEUE_PREFIX: prefix, SYNC_START_TIMEOUT_MS: '60000' });
  await waitUntilReady(api);
  const grant = {
    name: 'test',
    owner: 'ada',
    scopes: [...defaultScopes],
    input_prefixes: [api.prefixes.input],
    output_prefixes: [api.prefixes.output],
  };
  const make = () => apiKeys.create({ ...grant, shares: {}, expires_at: null });
  const [first, second] = [await make(), await make()];
  const headers = (key: string) => ({ authorization: `Bearer ${key}` });
  const parse = (key: string, path = '/parse', prefer = '') =>
    fetch(`${api.url}${path}`, {
      ...{ method: 'POST', body: path === '/parse' ? photo : JSON.stringify({ input: { key: photoKey } }) },
      headers: { ...headers(key), 'content-type': path === '/parse' ? 'image/jpeg' : 'application/json', prefer },
    });
  const photoKey = `${api.prefixes.input}photo.jpg`;
  await api.putObject(photoKey, photo);
  const created = await parse(first.key, '/v1/jobs');
  const { id } = (await created.json()) as { id: string };
  const follow = async (key: string) => {
    const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { headers: headers(key) });
    const reader = response.body?.getReader();
    // The job as it is now.
    expect((await reader?.read())?.done).toBe(false);
    return reader;
  };
  const [stream, otherStream] = [await follow(first.key), await follow(second.key)];
  onTestFinished(() => void otherStream?.cancel().catch(() => undefined));
  const waiting = [parse(first.key), parse(first.key, '/v1/jobs', 'wait=60')];
  await until(() => (api.output().match(/job queued/g) ?? []).length === 3);
  expect(api.output()).toMatch(
    new RegExp(`"path":"/v1/jobs".*"keyId":"${first.record.id}","owner":"ada","client":"127`),
  );

  await apiKeys.revoke(first.record.id);
  expect((await stream?.read())?.done).toBe(true);
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([401, 401]);
  let hasEnded = false;
  void otherStream?.read().then(({ done }) => (hasEnded = done));
  expect((await parse(second.key, '/v1/jobs')).status).toBe(202);
  expect(hasEnded).toBe(false);
});

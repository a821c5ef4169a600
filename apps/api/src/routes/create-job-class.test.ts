/** Whose photo goes ahead, and who may ask for a webhook. */
import { describe, expect, test } from 'vitest';
import { createTestApi, testSettings } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';
import { anonymousCaller } from '../access/caller.ts';
import type { Authenticator } from '../access/authenticator.ts';

const body = { input: { key: 'inputs/photo.jpg' } };

describe('a photo goes ahead of others', () => {
  test.each(['wait=0', 'respond-async', 'wait=soon'])('not by Prefer: %s', async (prefer) => {
    const api = createTestApi();
    const first = await queueJob(api);
    expect((await api.postJson('/v1/jobs', body, { prefer })).status).toBe(202);
    expect(await api.queue.take()).toBe(first);
  });

  test('only while its request holds one of the places for waiting', async () => {
    const api = createTestApi({ settings: { maxSyncWaiters: 1, maxBacklog: 10 } });
    const first = await queueJob(api);
    const waiting = Promise.resolve(api.postJson('/v1/jobs', body, { prefer: 'wait=1' }));
    await expect.poll(() => api.queue.backlog()).toBe(2);
    // There is no place left for this one, and it does not wait.
    expect((await api.postJson('/v1/jobs', body, { prefer: 'wait=20' })).status).toBe(202);
    const taken = await api.queue.take();
    expect(taken).not.toBe(first);
    expect(await api.queue.take()).toBe(first);
    expect((await waiting).headers.get('location')).toBe(`/v1/jobs/${taken}`);
  });
});

test('a webhook needs its scope, on a job and on a batch', async () => {
  const without: Authenticator = {
    identify: async () => ({ ...anonymousCaller(testSettings), may: (scope) => scope !== 'webhooks' }),
    countRequest: async () => undefined,
  };
  const batches = { open: async () => 0, create: () => Promise.reject(new Error('was created')) };
  const api = createTestApi({ authenticator: without, batches: batches as never });
  await api.putObject('inputs/photo.jpg');
  const webhook = { url: 'https://example.com/hook' };
  for (const [path, input] of [
    ['/v1/jobs', { key: 'inputs/photo.jpg' }],
    ['/v1/batches', { keys: ['inputs/photo.jpg'] }],
  ] as const) {
    const response = await api.postJson(path, { input, webhook });
    expect([path, response.status]).toEqual([path, 403]);
    expect(await response.json()).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('webhooks') as string,
    });
  }
  expect((await api.postJson('/v1/jobs', body)).status).toBe(202);
});

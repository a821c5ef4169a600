import { describe, expect, test } from 'vitest';
import { createTestApi, photo } from '../../testing/test-api.ts';
import { postPhoto, workOnce } from '../../testing/test-parse.ts';

describe('POST /parse with an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'one' };

  test('sent again, also while it runs, waits for the same job', async () => {
    const api = createTestApi();
    const sent = [postPhoto(api, { headers }), postPhoto(api, { headers })];
    await workOnce(api);
    const answers = await Promise.all(sent.map(async (response) => (await response).json()));
    expect(answers[1]).toEqual(answers[0]);
    expect(await (await postPhoto(api, { headers })).json()).toEqual(answers[0]);
    expect(await api.queue.backlog()).toBe(0);
    expect((await api.keys()).filter((key) => key.startsWith('uploads/'))).toHaveLength(1);
  });

  test('survives a client that hangs up, which then finds its job', async () => {
    const api = createTestApi();
    const client = new AbortController();
    const first = postPhoto(api, { headers, signal: client.signal });
    await expect.poll(() => api.queue.backlog()).toBe(1);
    client.abort();
    await first;
    const again = postPhoto(api, { headers });
    await workOnce(api);
    expect((await again).status).toBe(200);
  });

  test('is free again after a 429', async () => {
    const api = createTestApi({ settings: { syncStartTimeoutMs: 500 } });
    expect((await postPhoto(api, { headers })).status).toBe(429);
    const again = postPhoto(api, { headers });
    await workOnce(api);
    expect((await again).status).toBe(200);
  });

  test('is refused for another payload', async () => {
    const api = createTestApi();
    const first = postPhoto(api, { headers });
    await workOnce(api);
    await first;
    for (const response of [
      await postPhoto(api, { headers, query: '?short_side=100' }),
      await postPhoto(api, { headers: { ...headers, accept: 'image/png' } }),
      await api.request('/parse', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'image/jpeg' },
        body: photo(7),
      }),
    ]) {
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'idempotency_mismatch' });
    }
    expect((await api.keys()).filter((key) => key.startsWith('uploads/'))).toHaveLength(1);
  });

  test('says expired once the job is no longer kept', async () => {
    const api = createTestApi();
    const first = postPhoto(api, { headers });
    await workOnce(api);
    api.queue.forget((await first).headers.get('x-job-id') ?? '');
    const again = await postPhoto(api, { headers });
    expect(again.status).toBe(404);
    expect(await again.json()).toMatchObject({ code: 'expired' });
  });
});

import type { ObjectStorage } from '@m2fp/storage';
import { describe, expect, test } from 'vitest';
import { createTestApi, jobResult, photo, photoForm } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

const { signal } = new AbortController();

/** An API whose objects are read by `read`, and the signals that it gave with each. */
function watchedApi(read: () => ReturnType<ObjectStorage['getStream']>) {
  const signals: AbortSignal[] = [];
  const getStream: ObjectStorage['getStream'] = (_key, options) => {
    signals.push(options.signal);
    return read();
  };
  return { api: createTestApi({ storage: { getStream } }), signals };
}

describe('GET /v1/jobs/{id}/photo', () => {
  test('gives the photo at the job’s key, as what its bytes are, for showing only', async () => {
    const api = createTestApi();
    const response = await api.request(`/v1/jobs/${await queueJob(api)}/photo`);
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(photo());
    const { headers } = response;
    expect(headers.get('content-type')).toBe('image/jpeg');
    expect(headers.get('content-length')).toBe('100');
    expect(headers.get('content-disposition')).toBe(`inline; filename="photo.jpg"; filename*=UTF-8''photo.jpg`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
    expect(headers.get('cache-control')).toBe('private, no-cache');
  });

  test('gives a photo that came with the request, under the name that it had', async () => {
    const api = createTestApi();
    const created = (await (await api.postForm('/v1/jobs', photoForm())).json()) as { id: string };
    const response = await api.request(`/v1/jobs/${created.id}/photo`);
    expect(response.headers.get('content-disposition')).toContain('filename="photo.jpg"');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(photo());
  });

  test('is not sent again to a client that has it, until it changes', async () => {
    const api = createTestApi();
    const path = `/v1/jobs/${await queueJob(api)}/photo`;
    const etag = (await api.request(path)).headers.get('etag') ?? '';
    for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await api.request(path, { headers: { 'if-none-match': sent } });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    }
    await api.putObject('inputs/photo.jpg', photo(50));
    expect((await api.request(path, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  test('answers HEAD, and gives back the download’s place', async () => {
    const api = createTestApi();
    const response = await api.app.request(`/v1/jobs/${await queueJob(api)}/photo`, { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('content-length')).toBe('100');
    expect(api.shares.totals().downloads).toBe(0);
  });

  test('closes what it read from S3 once nobody reads it: for HEAD, and for a client that turns away', async () => {
    const { api, signals } = watchedApi(() => {
      return Promise.resolve({ bytes: 8192, body: ReadableStream.from([photo(4096), photo(4096)]) });
    });
    const id = await queueJob(api);
    await api.app.request(`/v1/jobs/${id}/photo`, { method: 'HEAD' });
    await (await api.app.request(`/v1/jobs/${id}/photo`)).body?.cancel();
    await api.queue.take();
    await api.queue.complete(id, jobResult(`results/${id}/`));
    await (await api.app.request(`/v1/jobs/${id}/files/colormap`)).body?.cancel();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(api.shares.totals().downloads).toBe(0);
  });

  test('waits for the first bytes no longer than for an answer, and closes what it waited for', async () => {
    const silent = new ReadableStream<Uint8Array>();
    const { api, signals } = watchedApi(() => Promise.resolve({ bytes: 100, body: silent }));
    const response = await api.request(`/v1/jobs/${await queueJob(api)}/photo`);
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'storage_unavailable' }]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(api.shares.totals().downloads).toBe(0);
  });

  test.each([
    ['is gone', undefined, 404, 'expired'],
    ['is a page', new TextEncoder().encode('<script>alert(1)</script>'), 422, 'image_unreadable'],
    ['is a drawing with scripts', new TextEncoder().encode('<svg onload="alert(1)"/>'), 415, 'unsupported_format'],
    ['is too large', photo(20_001), 413, 'image_too_large'],
  ])('refuses one that %s by now, and gives back its place', async (_how, bytes, status, code) => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.storage.remove(['inputs/photo.jpg'], { signal });
    if (bytes !== undefined) await api.putObject('inputs/photo.jpg', bytes);
    for (const headers of [{}, { 'if-none-match': '"a"' }]) {
      const response = await api.request(`/v1/jobs/${id}/photo`, { headers });
      expect(response.status).toBe(status);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ code });
    }
    expect(api.shares.totals().downloads).toBe(0);
  });
});

describe('GET /jobs/{id}', () => {
  const id = `job_${'0a'.repeat(16)}`;

  test('is the page, for anything that could be a job', async () => {
    const response = await createTestApi().request(`/jobs/${id}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toBe('<');
  });

  test.each(['/jobs/x', `/jobs/${id}0`, `/jobs/${id}/x`])('is not at %s', async (path) => {
    expect((await createTestApi().request(path)).status).toBe(404);
  });
});

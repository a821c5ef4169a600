import { describe, expect, test } from 'vitest';
import { createTestApi, photo, photoForm } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

const { signal } = new AbortController();

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

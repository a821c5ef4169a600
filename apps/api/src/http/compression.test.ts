import { randomBytes } from 'node:crypto';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import type { ObjectStorage } from '@m2fp/storage';
import { describe, expect, test, vi } from 'vitest';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';
import { once } from './compression.ts';

const gzip = { headers: { 'accept-encoding': 'gzip, deflate, br' } };
const text = JSON.stringify({ info: 'x'.repeat(5_000) });

async function apiWithFiles(storage: Partial<ObjectStorage> = {}) {
  const api = createTestApi({ storage });
  const id = await queueJob(api);
  await api.queue.take();
  await api.queue.complete(id, jobResult(`results/${id}/`));
  await api.putObject(`results/${id}/masks.json`, new TextEncoder().encode(text));
  await api.putObject(`results/${id}/colormap.png`, new Uint8Array(5_000));
  return { ...api, id };
}

function encodingOf({ headers }: Response): string | null {
  return headers.get('content-encoding');
}

describe('an answer is sent in fewer bytes', () => {
  test('if it is a file of JSON, under a tag that still names the file', async () => {
    const { app, id, shares } = await apiWithFiles();
    const path = `/v1/jobs/${id}/files/masks`;
    const plain = await app.request(path);
    const etag = plain.headers.get('etag') ?? '';
    expect([encodingOf(plain), await plain.text()]).toEqual([null, text]);
    const response = await app.request(path, gzip);
    const { headers } = response;
    expect([headers.get('content-encoding'), headers.get('content-length')]).toEqual(['gzip', null]);
    expect([headers.get('etag'), headers.get('vary')]).toEqual([`W/${etag}`, 'Accept-Encoding']);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.byteLength).toBeLessThan(500);
    expect(gunzipSync(bytes).toString()).toBe(text);
    const again = await app.request(path, { headers: { ...gzip.headers, 'if-none-match': `W/${etag}` } });
    expect(again.status).toBe(304);
    expect(shares.totals().downloads).toBe(0);
  });

  test('and the download ends when the client hangs up', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield randomBytes(65_536);
    }
    const getStream = async () => ({ bytes: 2 ** 40, body: endless() });
    const { app, id, shares } = await apiWithFiles({ getStream });
    const response = await app.request(`/v1/jobs/${id}/files/masks`, gzip);
    expect(shares.totals().downloads).toBe(1);
    await response.body?.cancel();
    await expect.poll(() => shares.totals().downloads).toBe(0);
  });

  test('if it is a list', async () => {
    const api = createTestApi({ settings: { maxBacklog: 100 } });
    for (let count = 0; count < 5; count++) await queueJob(api);
    const response = await api.app.request('/v1/jobs', gzip);
    expect(encodingOf(response)).toBe('gzip');
    const body = gunzipSync(Buffer.from(await response.arrayBuffer())).toString();
    expect((JSON.parse(body) as { jobs: object[] }).jobs).toHaveLength(5);
  });

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('if it is the same for everybody: %s', async (encoding, decompress) => {
    const { app } = createTestApi();
    const headers = { 'accept-encoding': encoding };
    for (const path of ['/openapi.json', '/docs/swagger-ui.css']) {
      const plain = await app.request(path);
      const response = await app.request(path, { headers });
      expect(encodingOf(response)).toBe(encoding);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.byteLength).toBeLessThan(Number(Buffer.from(await plain.clone().arrayBuffer()).byteLength) / 3);
      expect(decompress(bytes).toString()).toBe(await plain.text());
      const etag = response.headers.get('etag') ?? '';
      expect((await app.request(path, { headers: { ...headers, 'if-none-match': etag } })).status).toBe(304);
    }
  });
});

describe('an answer stays as it is', () => {
  test('if it is small, a PNG, a problem or a stream of events', async () => {
    const { app, id } = await apiWithFiles();
    for (const path of ['/healthz', '/', '/v1/models', `/v1/jobs/${id}/files/colormap`, `/v1/jobs/${id}/files/x`]) {
      expect([path, encodingOf(await app.request(path, gzip))]).toEqual([path, null]);
    }
    const events = await app.request(`/v1/jobs/${id}/events`, gzip);
    expect(encodingOf(events)).toBeNull();
    await events.body?.cancel();
  });

  test('if it has signed URLs, or the URL of a webhook, beside what others wrote', async () => {
    const { app, id } = await apiWithFiles();
    const job = await app.request(`/v1/jobs/${id}`, gzip);
    expect([job.status, encodingOf(job)]).toEqual([200, null]);
    expect((await job.text()).length).toBeGreaterThan(1024);
    const api = createTestApi();
    const webhook = { url: 'https://example.com/hooks/token' };
    for (let count = 0; count < 3; count++) await queueJob(api, { webhook });
    expect(encodingOf(await api.app.request('/v1/jobs', gzip))).toBeNull();
  });

  test('for a client that takes nothing else, or does not say', async () => {
    const { app, id } = await apiWithFiles();
    for (const accept of ['identity', 'gzip;q=0', '']) {
      const response = await app.request(`/v1/jobs/${id}/files/masks`, { headers: { 'accept-encoding': accept } });
      expect([accept, encodingOf(response), response.headers.get('content-length')]).toEqual([accept, null, '5011']);
    }
  });
});

test('what is made once for everybody is made again if that failed, and only then', async () => {
  const make = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('no file')).mockResolvedValue('made');
  const made = once(make);
  await expect(Promise.allSettled([made(), made()])).resolves.toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
  ]);
  expect(await Promise.all([made(), made()])).toEqual(['made', 'made']);
  expect(await made()).toBe('made');
  expect(make).toHaveBeenCalledTimes(2);
});

/** Photos and uploads that cost more than they look like, or leave something behind. */
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { startRealService } from '../support/real-service.ts';
import { scriptedPhoto } from '../support/api/scripted-photo.ts';
import { startTenants } from '../support/security/tenants.ts';
import { until } from '../support/worker/until.ts';
import { endWorkers } from '../support/worker/worker-process.ts';

afterEach(endWorkers);

/** A legal progressive JPEG whose last scan, a refinement of nothing, comes again and again. */
async function manyScans(times: number): Promise<Uint8Array<ArrayBuffer>> {
  const plain = { create: { width: 1_500, height: 1_500, channels: 3 as const, background: '#888' } };
  const bytes = await sharp(plain).jpeg({ progressive: true }).toBuffer();
  const start = bytes.lastIndexOf(Buffer.of(0xff, 0xda));
  const scan = bytes.subarray(start, -2);
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, start), ...Array.from({ length: times }, () => scan), Buffer.of(0xff, 0xd9)]),
  );
}

test('a JPEG of thousands of scans is refused at the first attempt, without decoding it', async () => {
  const api = await startRealService('portrait');
  const { id } = await api.client.jobs.create(await manyScans(3_000), { name: 'photo.jpg' });
  const job = await api.client.jobs.waitFor(id);
  expect(job).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'image_too_large' } });
});

test('an upload has the size that was signed', async () => {
  const { api, add } = await startTenants();
  const owner = await add('owner');
  const asked = await owner.call('POST', '/v1/uploads', { content_type: 'image/jpeg', bytes: 1_000 });
  const { url, headers, key } = (await asked.json()) as { url: string; headers: Record<string, string>; key: string };
  expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toContain('content-length');
  expect(headers['content-length'] ?? headers['Content-Length'] ?? '1000').toBe('1000');
  expect((await owner.call('POST', '/v1/uploads', { content_type: 'image/jpeg' })).status).toBe(422);
  expect(await api.keys()).not.toContain(key);
});

test('a create that is refused leaves no photo behind', async () => {
  const { api, add } = await startTenants();
  const owner = await add('owner', { shares: { jobs: 1 } });
  const post = async (): Promise<number> => {
    const form = new FormData();
    form.set('image', new Blob([scriptedPhoto('ok')], { type: 'image/jpeg' }), 'photo.jpg');
    const headers = { authorization: `Bearer ${owner.key}` };
    return (await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body: form })).status;
  };
  expect(await post()).toBe(202);
  const before = await api.keys();
  expect(before).toHaveLength(1);
  expect(await Promise.all([post(), post(), post()])).toEqual([429, 429, 429]);
  await until(async () => (await api.keys()).length === 1);
  expect(await api.keys()).toEqual(before);
});

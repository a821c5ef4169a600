/** The client against the real service, and against what may go wrong on the way. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createClient, fileName, type Job, type JobEvent, M2fpError } from '@m2fp/client';
import { startTcpLink } from '@m2fp/dev-services/faults';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { startApi } from './support/api/api-process.ts';
import { startRealService } from './support/real-service.ts';
import { photoOfTwo } from './support/portrait/samples.ts';
import { endWorkers } from './support/worker/worker-process.ts';

afterEach(endWorkers);

test('a photo is parsed, and waiting for it survives connections that break', async () => {
  const api = await startRealService('portrait');
  const { port } = new URL(api.url);
  const proxy = await startTcpLink(Number(port));
  onTestFinished(() => proxy.close());
  const client = createClient({ baseUrl: `http://127.0.0.1:${proxy.port}/` });
  const photo = await photoOfTwo();
  const seen: Job[] = [];
  let wasCut = false;
  const parsed = await client.parse(photo, {
    options: { outputs: ['masks', 'overlay'] },
    onProgress: (now) => {
      seen.push(now);
      if (wasCut) return;
      wasCut = true;
      proxy.disconnect();
      setTimeout(() => proxy.connectTo(Number(port)), 300);
    },
  });
  expect(wasCut).toBe(true);
  expect(parsed.people).toBe(2);
  expect(parsed.files.map(({ output }) => output).sort()).toEqual(['masks', 'overlay']);
  expect(seen.at(-1)?.status).toBe('succeeded');
  const { data } = await client.api.GET('/v1/jobs/{id}', { params: { path: { id: parsed.id } } });
  expect(data?.id).toBe(parsed.id);
});

test('a photo is uploaded, parsed by its key, and its results are decoded', async () => {
  const { client } = await startRealService('portrait');
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-client-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'two people.jpg');
  await writeFile(path, await photoOfTwo());
  const uploaded = await client.uploads.create(path);
  expect(uploaded.key).toMatch(/\/two people\.jpg$/);
  const call = { options: { outputs: ['masks' as const, 'colormap' as const, 'instances' as const] } };
  const more = { ...call, metadata: { order: '7' }, idempotencyKey: 'order-7' };
  const parsed = await client.parse(uploaded, more);
  expect(parsed.job).toMatchObject({ input: uploaded, metadata: { order: '7' }, result: { people: 2 } });
  expect(parsed.files.map(fileName)).toEqual(['masks.json', 'colormap.png', 'instances.png']);
  const colormap = await client.jobs.files.read(parsed.id, 'colormap');
  expect(colormap).toMatchObject({ type: 'image/png', size: parsed.files[1]?.bytes });
  expect((await client.jobs.create(uploaded, more)).id).toBe(parsed.id);

  const masksOnly = await client.parse(Readable.from([await photoOfTwo()]), { options: { outputs: ['masks'] } });
  expect(masksOnly.files.map(fileName)).toEqual(['masks.json']);
  expect(await masksOnly.labelMap()).toEqual(await parsed.labelMap());
  expect(await masksOnly.personMap()).toEqual(await parsed.personMap());
  for (const { bitmap, area } of await parsed.masks()) expect(countOf(bitmap().data)).toBe(area);
  const people = await parsed.personMasks();
  expect(people.map(({ personId }) => personId)).toEqual([1, 2]);
  for (const { bitmap, area } of people) expect(countOf(bitmap().data)).toBe(area);
});

function countOf(pixels: Uint8Array): number {
  return pixels.reduce((sum, pixel) => sum + pixel, 0);
}

test('a waiting job is followed, listed and canceled', async () => {
  const { client } = await startApi();
  const { id, status } = await client.jobs.create(await photoOfTwo());
  expect(status).toBe('queued');
  const events = client.jobs.events(id);
  expect((await events.next()).value).toMatchObject({ type: 'state', job: { id, status: 'queued' } });
  const other = await client.jobs.create(await photoOfTwo());
  expect(await client.jobs.list({ limit: 1 })).toMatchObject({ items: [{ id: other.id }] });
  const listed: string[] = [];
  for await (const job of client.jobs.list({ limit: 1 })) listed.push(job.id);
  expect(listed).toEqual([other.id, id]);
  await expect(client.jobs.result(id)).rejects.toMatchObject({ code: 'conflict', jobId: id });
  await expect(client.jobs.waitFor(id, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'wait_timeout', jobId: id });
  expect(await client.jobs.cancel(id)).toMatchObject({ id, status: 'canceled' });
  let last: JobEvent | undefined;
  for await (const event of events) last = event;
  expect(last).toMatchObject({ type: 'done', job: { status: 'canceled' } });
  expect(await client.jobs.get(id)).toMatchObject({ id, status: 'canceled' });
  expect(await client.jobs.waitFor(id)).toMatchObject({ status: 'canceled', error: { code: 'canceled' } });
  await expect(client.jobs.result(id)).rejects.toMatchObject({ code: 'canceled', jobId: id });
});

test('refusals of the service and a missing job are errors with their code', async () => {
  const api = await startApi();
  const client = createClient({ baseUrl: api.url });
  const refused = await client.parse(new TextEncoder().encode('only words')).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'M2fpError', code: 'image_unreadable', status: 422 });
  expect((refused as M2fpError).requestId).toMatch(/^\w/);
  const missing = client.jobs.waitFor(`job_${'0'.repeat(32)}`);
  await expect(missing).rejects.toBeInstanceOf(M2fpError);
  await expect(missing).rejects.toMatchObject({ code: 'not_found', status: 404 });
  const signal = AbortSignal.timeout(200);
  const away = createClient({ baseUrl: 'http://127.0.0.1:1' }).jobs.waitFor(`job_${'0'.repeat(32)}`, { signal });
  await expect(away).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(client.parse('/no/such/photo.jpg')).rejects.toMatchObject({ code: 'input_unreadable' });
});

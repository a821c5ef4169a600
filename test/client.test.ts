/** The client against the real service, and against what may go wrong on the way. */
import { createClient, fileName, type Job, M2fpError } from '@m2fp/client';
import { verifyWebhook } from '@m2fp/client/webhooks';
import { startTcpLink } from '@m2fp/dev-services/faults';
import { Webhook } from 'standardwebhooks';
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
  const job = await client.parse(photo, {
    options: { outputs: ['masks', 'overlay'] },
    onChange: (now) => {
      seen.push(now);
      if (wasCut) return;
      wasCut = true;
      proxy.disconnect();
      setTimeout(() => proxy.connectTo(Number(port)), 300);
    },
  });
  expect(wasCut).toBe(true);
  expect(job.result.people).toBe(2);
  expect(job.result.files.map(({ output }) => output).sort()).toEqual(['masks', 'overlay']);
  expect(seen.at(-1)?.status).toBe('succeeded');
  const { data } = await client.api.GET('/v1/jobs/{id}', { params: { path: { id: job.id } } });
  expect(data?.id).toBe(job.id);
});

test('a photo is uploaded, parsed by its key and its results are read', async () => {
  const { client } = await startRealService('portrait');
  const photo = await photoOfTwo();
  const key = await client.upload(new Blob([photo], { type: 'image/jpeg' }));
  const options = { outputs: ['colormap' as const] };
  const job = await client.parse({ key }, { options, metadata: { order: '7' }, idempotencyKey: 'order-7' });
  expect(job).toMatchObject({ input: { key }, metadata: { order: '7' }, result: { people: 2 } });
  expect(job.result.files.map(fileName)).toEqual(['colormap.png']);
  const [file] = job.result.files;
  const colormap = await client.jobs.readFile(job.id, 'colormap');
  expect(colormap).toMatchObject({ type: 'image/png', size: file?.bytes });
  const again = await client.jobs.create({ key }, { options, metadata: { order: '7' }, idempotencyKey: 'order-7' });
  expect(again.id).toBe(job.id);
});

test('a waiting job is canceled', async () => {
  const { client } = await startApi();
  const { id, status } = await client.jobs.create(await photoOfTwo());
  expect(status).toBe('queued');
  expect(await client.jobs.cancel(id)).toMatchObject({ id, status: 'canceled' });
  expect(await client.jobs.read(id)).toMatchObject({ id, status: 'canceled' });
  expect(await client.jobs.waitFor(id)).toMatchObject({ status: 'canceled', error: { code: 'canceled' } });
});

test('refusals of the service and a missing job are errors with their code', async () => {
  const api = await startRealService('portrait');
  const client = createClient({ baseUrl: api.url });
  await expect(client.parse(new TextEncoder().encode('only words'))).rejects.toMatchObject({
    name: 'M2fpError',
    code: 'image_unreadable',
  });
  const missing = client.jobs.waitFor(`job_${'0'.repeat(32)}`);
  await expect(missing).rejects.toBeInstanceOf(M2fpError);
  await expect(missing).rejects.toMatchObject({ code: 'not_found', status: 404 });
  const signal = AbortSignal.timeout(200);
  const away = createClient({ baseUrl: 'http://127.0.0.1:1' }).jobs.waitFor(`job_${'0'.repeat(32)}`, { signal });
  await expect(away).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('a webhook is accepted only with the right signature', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const body = JSON.stringify({ type: 'job.succeeded', timestamp: new Date().toISOString(), data: { id: 'job_1' } });
  const now = new Date();
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', now, body),
  };
  expect(verifyWebhook(body, headers, secret)).toMatchObject({ type: 'job.succeeded', data: { id: 'job_1' } });
  expect(verifyWebhook(new TextEncoder().encode(body), new Headers(headers), secret).type).toBe('job.succeeded');
  expect(() => verifyWebhook(body.replace('job_1', 'job_2'), headers, secret)).toThrow();
});

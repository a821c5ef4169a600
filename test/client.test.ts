/** The client on the real service, and through what may happen on the way. */
import { createClient, M2fpError, type Job } from '@m2fp/client';
import { verifyWebhook } from '@m2fp/client/webhooks';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { startRealService } from './support/real-service.ts';
import { photoOfTwo } from './support/portrait/samples.ts';
import { startSwitchProxy } from './support/worker/switch-proxy.ts';
import { endWorkers } from './support/worker/worker-process.ts';

afterEach(endWorkers);

test('a photo is parsed, and waiting for it survives connections that break', async () => {
  const api = await startRealService('portrait');
  const { port } = new URL(api.url);
  const proxy = await startSwitchProxy(Number(port));
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

test('what the service refuses, and a job that is not there, are errors with their code', async () => {
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

test('a webhook is what it says only with the right signature', () => {
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

/** The routes of batches and webhooks, on real Redis and S3, with a dispatcher and a worker behind them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { RedisBatchStore } from '../apps/api/src/batches/batch-store.ts';
import { createTestApi } from '../apps/api/testing/test-api.ts';
import { RedisWebhookStore } from '../apps/api/src/webhooks/webhook-store.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
import { startReceiver, type Receiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

interface Batch {
  readonly id: string;
  readonly status: string;
  readonly created_at: string;
  readonly counts: Record<string, number>;
  readonly manifest: { readonly url: string } | null;
  readonly annotations: { readonly key: string; readonly url: string } | null;
}
interface DeliveryView {
  readonly id: string;
  readonly status: string;
  readonly attempts: readonly { readonly status_code: number }[];
}
interface Secret {
  readonly secret: string;
  readonly expires_at: string | null;
}

let bench: DispatchBench;
let receiver: Receiver;
let redis: Redis;
let stores: { batches: RedisBatchStore; webhooks: RedisWebhookStore };
let api: ReturnType<typeof createTestApi>;

beforeEach(async () => {
  bench = createDispatchBench();
  receiver = await startReceiver();
  redis = new Redis(inject('redisUrl'));
  const settings = { prefix: bench.jobs.name, timeoutMs: 5_000, retentionS: 3_600 };
  stores = {
    batches: new RedisBatchStore(redis, settings, { defaultName: 'scripted' }),
    webhooks: new RedisWebhookStore(redis, settings),
  };
  await until(() => redis.status === 'ready');
  api = createTestApi({
    ...stores,
    defaultModel: 'scripted',
    storage: { presignGet: (key, options) => bench.jobs.storage.presignGet(key, options) },
    settings: { webhookRules: { allowLoopback: true }, inputUrls: { rules: { allowLoopback: true } } },
  });
});
afterEach(async () => {
  await endWorkers();
  await Promise.all(Object.values(stores).map((store) => store.close()));
  redis.disconnect();
  await bench.close();
  await receiver.close();
});

async function json<T>(response: Response | Promise<Response>, status = 200): Promise<T> {
  const answered = await response;
  expect(answered.status, await answered.clone().text()).toBe(status);
  return (await answered.json()) as T;
}

const post = (path: string) => api.request(path, { method: 'POST' });
const createBatch = (body: object) => json<Batch>(api.postJson('/v1/batches', body), 202);
const getBatch = (id: string) => json<Batch>(api.request(`/v1/batches/${id}`));

describe('a batch', () => {
  it('goes from its creation to its manifest and webhook', async () => {
    const keys = await bench.putPhotos(['ok', 'fail image_unreadable', 'ok']);
    const webhook = { url: receiver.url };
    const created = await createBatch({ input: { keys }, options: { outputs: ['masks'] }, webhook });
    expect(created).toMatchObject({ status: 'queued', counts: { total: 3, queued: 3, processing: 0 }, manifest: null });
    await bench.startDispatcher();
    await startWorkerProcess('scripted', bench.jobs.workerEnv());
    await bench.finalBatch(created.id);
    const batch = await getBatch(created.id);
    expect(batch).toMatchObject({ status: 'finished', counts: { total: 3, queued: 0, succeeded: 2, failed: 1 } });
    expect(await (await fetch(batch.annotations?.url ?? '')).json()).toMatchObject({ images: [{}, {}] });
    const manifest = await (await fetch(batch.manifest?.url ?? '')).text();
    expect(manifest.split('\n').slice(0, -1)).toHaveLength(3);
    await bench.finalDelivery(created.id);
    const sent = await json<{ deliveries: DeliveryView[] }>(
      api.request(`/v1/webhooks/deliveries?subject=${created.id}`),
    );
    expect(sent.deliveries).toMatchObject([{ event: 'batch.finished', status: 'delivered', subject: created.id }]);
  });

  it('of URLs has its workers fetch the photos, and tells nobody what follows their paths', async () => {
    const photos = createServer((request, response) => {
      if (request.url?.startsWith('/gone') === true) response.writeHead(404);
      response.end(scriptedPhoto('ok'));
    });
    await new Promise<void>((resolve) => photos.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void photos.close());
    const origin = `http://127.0.0.1:${(photos.address() as AddressInfo).port}`;
    const urls = ['a.jpg', 'gone.jpg', 'b.jpg'].map((name) => `${origin}/${name}?token=secret`);
    const refused = await api.postJson('/v1/batches', { input: { urls: [...urls, 'http://10.0.0.1/a.jpg'] } });
    expect(await refused.json()).toMatchObject({ status: 422, errors: [{ pointer: '/input/urls/3' }] });
    const { id } = await createBatch({ input: { urls }, options: { outputs: ['masks'] } });
    await bench.startDispatcher();
    await startWorkerProcess('scripted', bench.jobs.workerEnv({ INPUT_URLS: 'loopback' }));
    await bench.finalBatch(id);
    const batch = await getBatch(id);
    expect(batch).toMatchObject({ status: 'finished', counts: { total: 3, succeeded: 2, failed: 1 } });
    const manifest = await (await fetch(batch.manifest?.url ?? '')).text();
    const lines = manifest
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { key: `${origin}/a.jpg`, status: 'succeeded' },
      { key: `${origin}/gone.jpg`, status: 'failed', error: { code: 'input_not_found' } },
      { key: `${origin}/b.jpg`, status: 'succeeded' },
    ]);
    const names = [{ file_name: 'a.jpg' }, { file_name: 'b.jpg' }];
    expect(await (await fetch(batch.annotations?.url ?? '')).json()).toMatchObject({ images: names });
    expect(manifest).not.toContain('secret');
  });

  it('shows how many photos are being parsed, and can be canceled repeatedly', async () => {
    await bench.startDispatcher();
    const worker = await startWorkerProcess('scripted', bench.jobs.workerEnv({ CONCURRENCY: '1' }));
    const { id } = await createBatch({ input: { keys: await bench.putPhotos(['ok', 'hang', 'ok']) } });
    await until(async () => (await getBatch(id)).counts['succeeded'] === 1);
    await worker.busyParser();
    expect(await getBatch(id)).toMatchObject({
      status: 'processing',
      counts: { total: 3, queued: 1, processing: 1, succeeded: 1 },
    });
    expect(await json<Batch>(post(`/v1/batches/${id}/cancel`))).toMatchObject({ status: 'canceling' });
    await bench.finalBatch(id);
    const canceled = await json<Batch>(post(`/v1/batches/${id}/cancel`));
    expect(canceled).toMatchObject({ status: 'canceled', counts: { succeeded: 1, canceled: 2, processing: 0 } });
  });

  it('of a prefix says what it lists', async () => {
    await bench.putPhotos(['ok', 'ok']);
    const prefix = `inputs/${bench.jobs.name}/batch/`;
    const created = await createBatch({ input: { prefix } });
    expect(created).toMatchObject({ counts: { total: 0 }, input: { prefix } });
    await bench.startDispatcher();
    await until(async () => (await getBatch(created.id)).counts['total'] === 2);
  });

  it('is listed newest first, in pages', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      ids.unshift((await createBatch({ input: { keys: ['inputs/a'] } })).id);
    }
    type Page = { batches: Batch[]; next_cursor: string | null };
    const first = await json<Page>(api.request('/v1/batches?limit=2'));
    const rest = await json<Page>(api.request(`/v1/batches?limit=2&cursor=${first.next_cursor}`));
    const listed = [...first.batches, ...rest.batches];
    expect(listed.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const times = listed.map(({ created_at: time }) => time);
    expect(times).toEqual([...times].sort().reverse());
    expect(rest.next_cursor).toBeNull();
  });

  it('is refused if too many are open', async () => {
    for (let index = 0; index < 3; index += 1) await createBatch({ input: { keys: ['inputs/a'] } });
    const response = await api.postJson('/v1/batches', { input: { keys: ['inputs/a'] } });
    expect(response.headers.get('retry-after')).toBe('10');
    expect(await json(response, 429)).toMatchObject({ code: 'overloaded' });
  });

  const keys = ['inputs/a.jpg'];
  it.each([
    ['no input', {}, 422, '/input'],
    ['no keys and no prefix', { input: {} }, 422, '/input'],
    ['keys and a prefix', { input: { keys, prefix: 'inputs/' } }, 422, '/input'],
    ['an empty list of keys', { input: { keys: [] } }, 422, '/input/keys'],
    ['10,001 keys', { input: { keys: Array.from({ length: 10_001 }, () => 'inputs/a') } }, 422, '/input/keys'],
    ['an unknown option', { input: { keys }, options: { size: 1 } }, 422, '/options/size'],
    ['a webhook that is not a URL', { input: { keys }, webhook: { url: 'hook' } }, 422, '/webhook/url'],
    ['a webhook to a private address', { input: { keys }, webhook: { url: 'http://10.1/' } }, 422, '/webhook/url'],
    [
      'a webhook for a job’s events',
      { input: { keys }, webhook: { url: 'https://a.example', events: ['job.failed'] } },
      422,
      '/webhook/events/0',
    ],
    ['a key outside the allowed prefixes', { input: { keys: [...keys, 'secrets/a'] } }, 403, undefined],
    ['a prefix outside the allowed prefixes', { input: { prefix: 'in' } }, 403, undefined],
    ['a prefix that climbs', { input: { prefix: 'inputs/../secrets/' } }, 403, undefined],
    ['results outside the allowed prefixes', { input: { keys }, output: { prefix: 'secrets/' } }, 403, undefined],
  ])('is refused with %s', async (_what, body, status, pointer) => {
    const problem = await json<{ errors?: { pointer: string }[] }>(api.postJson('/v1/batches', body), status);
    if (pointer !== undefined) expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
  });
});

describe('webhooks', () => {
  it('can be read and sent again', async () => {
    await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0' });
    receiver.react(500, 200);
    const subject = `job_${'0'.repeat(32)}`;
    const { url } = receiver;
    const id = await bench.deliveries.announce({ owner: 'anonymous', subject, event: 'job.failed', url, data: {} });
    await bench.finalDelivery(subject);
    const path = `/v1/webhooks/deliveries/${id}`;
    expect(await json<DeliveryView>(api.request(path))).toMatchObject({ id, status: 'failed', url });
    await json(post(`${path}/redeliver`), 202);
    await bench.finalDelivery(subject);
    const delivery = await json<DeliveryView>(api.request(path));
    expect(delivery.attempts.map(({ status_code: status }) => status)).toEqual([500, 200]);
    const page = await json<{ deliveries: DeliveryView[] }>(api.request('/v1/webhooks/deliveries'));
    expect(page.deliveries.map((entry) => entry.id)).toEqual([id]);
  });

  it('of other owners cannot be seen', async () => {
    const subject = `job_${'1'.repeat(32)}`;
    const of = { owner: 'somebody-else', subject, event: 'job.failed', url: receiver.url, data: {} } as const;
    const id = await bench.deliveries.announce(of);
    await json(api.request(`/v1/webhooks/deliveries/${id}`), 404);
    await json(post(`/v1/webhooks/deliveries/${id}/redeliver`), 404);
    const page = await json<{ deliveries: DeliveryView[] }>(api.request(`/v1/webhooks/deliveries?subject=${subject}`));
    expect(page.deliveries).toEqual([]);
  });

  it('are signed with the secrets; a replaced one keeps signing for a day', async () => {
    const first = await json<{ secrets: Secret[] }>(api.request('/v1/webhooks/secrets'));
    expect(first.secrets).toMatchObject([{ expires_at: null }]);
    const rotated = await json<Secret>(post('/v1/webhooks/secrets'), 201);
    const { secrets } = await json<{ secrets: Secret[] }>(api.request('/v1/webhooks/secrets'));
    expect(secrets.map(({ secret }) => secret)).toEqual([rotated.secret, first.secrets[0]?.secret]);
    const leftS = (Date.parse(secrets[1]?.expires_at ?? '') - Date.now()) / 1_000;
    expect(Math.round(leftS / 3_600)).toBe(24);
    await bench.startDispatcher();
    const subject = `job_${'2'.repeat(32)}`;
    const { url } = receiver;
    const id = await bench.deliveries.announce({ owner: 'anonymous', subject, event: 'job.failed', url, data: {} });
    await receiver.called(1);
    const [{ headers, body } = { headers: {} as Record<string, string>, body: '' }] = receiver.calls;
    expect(headers['webhook-id']).toBe(id);
    for (const { secret } of secrets) {
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'job.failed' });
    }
    const other = new Webhook(`whsec_${Buffer.from('another secret').toString('base64')}`);
    expect(() => other.verify(body, headers)).toThrow('No matching signature found');
  });
});

it('without Redis every route answers 503', async () => {
  const away = createTestApi();
  const id = `batch_${'0'.repeat(32)}`;
  const delivery = `/v1/webhooks/deliveries/msg_${'0'.repeat(32)}`;
  const answers = [
    away.postJson('/v1/batches', { input: { keys: ['inputs/a'] } }),
    away.request('/v1/batches'),
    away.request(`/v1/batches/${id}`),
    away.request(`/v1/batches/${id}/cancel`, { method: 'POST' }),
    away.request('/v1/webhooks/deliveries'),
    away.request(delivery),
    away.request(`${delivery}/redeliver`, { method: 'POST' }),
    away.request('/v1/webhooks/secrets'),
    away.request('/v1/webhooks/secrets', { method: 'POST' }),
  ];
  for (const answer of answers) expect(await json(answer, 503)).toMatchObject({ code: 'queue_unavailable' });
});

/** Two models behind one API and one dispatcher: the second one appears while these run. All services are real. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { bounds, redisKeys, type ModelCard } from '@m2fp/contract';
import { ModelRegistry } from '@m2fp/queue/models';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { announceModel } from '../apps/worker/src/announce-model.ts';
import { readEvents } from '../apps/api/testing/read-events.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto, untilStatus } from './support/api/scripted-photo.ts';
import { startDispatcherProcess } from './support/dispatcher/dispatcher-process.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

const card: ModelCard = {
  ...{ v: 1, kind: 'portrait', version: '1', summary: 'Heads.', license: 'MIT', synthetic: false, labels: [] },
  non_commercial: false,
};

describe('the registry of models', () => {
  function open() {
    const redis = new Redis(inject('redisUrl'));
    onTestFinished(() => redis.disconnect());
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const keys = redisKeys(prefix);
    return { redis, prefix, keys, registry: new ModelRegistry(redis, keys) };
  }

  test('keeps a card when others speak of its model, and forgets both after thirty days of silence', async () => {
    const { redis, keys, registry } = open();
    expect(await registry.announce('portrait', card)).toBe(true);
    await registry.expect(['portrait', 'people']);
    expect(await registry.read()).toMatchObject([
      { name: 'people', card: undefined },
      { name: 'portrait', card },
    ]);
    await redis.zadd(keys.modelsSeen, Date.now() - 31 * 24 * 3_600_000, 'portrait');
    expect(await registry.read()).toMatchObject([{ name: 'people' }]);
    await registry.expect(['people']);
    expect(await redis.hgetall(keys.models)).toEqual({});
  });

  test('has room for so many models of workers, and always for those of the settings', async () => {
    const { registry } = open();
    for (let count = 0; count < bounds.models.max; count++) await registry.announce(`model-${count}`, card);
    expect(await registry.announce('one-more', card)).toBe(false);
    expect(await registry.announce('model-1', card)).toBe(true);
    await registry.expect(['portrait']);
    const names = (await registry.read()).map(({ name }) => name);
    expect(names).toHaveLength(bounds.models.max + 1);
    expect(names).toContain('portrait');
  });

  test('two bundles under one name are noticed by their workers', async () => {
    const { redis, prefix, registry } = open();
    const warnings: unknown[] = [];
    const log = { warn: (_: unknown, message?: unknown) => void warnings.push(message) };
    const config = { queue: { model: '/bundles/people' }, redis: { prefix } };
    const start = (version: string) => {
      const readCard = async () => ({ ...card, version });
      return announceModel(config, { readCard, redis, log, everyMs: 1 });
    };
    const workers = [start('1'), start('1')];
    onTestFinished(async () => void (await Promise.all(workers.map((worker) => worker.stop()))));
    await until(async () => (await registry.read()).length === 1);
    await sleep(1_200);
    expect(warnings).toEqual([]);
    workers.push(start('2'));
    await until(async () => warnings.length > 0);
    expect(warnings[0]).toMatch(/another bundle under this name/);
  });

  test('takes no card that is none, and no name that cannot be one', async () => {
    const { redis, keys, registry } = open();
    await registry.expect(['portrait', 'a:b', 'x'.repeat(101)]);
    for (const text of ['{', '{"v":2}', JSON.stringify({ ...card, license: 'x'.repeat(100_000) })]) {
      await redis.hset(keys.models, 'portrait', text);
      expect(await registry.read()).toEqual([
        { name: 'portrait', card: undefined, seenAtMs: expect.any(Number) as number },
      ]);
    }
  });
});

const startWorker = (api: ApiProcess, model: string) =>
  startWorkerProcess('scripted', { ...api.env, PORT: undefined, MODEL: model });

async function putPhoto(api: ApiProcess, script: string): Promise<{ key: string }> {
  const key = `${api.prefixes.input}${randomBytes(6).toString('hex')}`;
  await api.putObject(key, scriptedPhoto(script));
  return { key };
}

async function startServices() {
  const api = await startApi({ WEBHOOK_ALLOW_LOOPBACK: '1' });
  // Nothing here waits for it to look at jobs again: it hears of them.
  await startDispatcherProcess({ ...api.env, PORT: undefined, RECONCILE_INTERVAL_MS: '60000' });
  await startWorker(api, 'portrait');
  await waitUntilReady(api);
  return api;
}

test('a model that appears later is served like the first one, by all that run', async () => {
  const api = await startServices();
  const { client } = api;
  const input = await putPhoto(api, 'ok');
  await until(async () => (await client.models.list()).every(({ workers, kind }) => workers === 1 && kind !== null));
  const unknown = client.jobs.create(input, { model: 'people' });
  await expect(unknown).rejects.toMatchObject({ status: 422, problem: { errors: [{ pointer: '/model' }] } });
  await expect(unknown).rejects.toThrow('There are: portrait');

  await startWorker(api, '/bundles/people');
  await until(async () => (await client.models.list()).length === 2);
  expect(await client.models.list()).toMatchObject([
    { name: 'portrait', is_default: true, workers: 1, summary: 'What the photo says.', labels: [{ id: 1 }] },
    { name: 'people', is_default: false, workers: 1, license: 'MIT', synthetic: true },
  ]);
  const other = await startApi(api.env);

  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const webhook = { url: receiver.url, events: ['job.succeeded' as const] };
  const [first, second] = await Promise.all([
    client.parse(input),
    client.parse(new Blob([scriptedPhoto('ok')]), { model: 'people', webhook }),
  ]);
  expect([first.job.model, second.job.model]).toEqual(['portrait', 'people']);
  await receiver.called(1);
  expect(JSON.parse(receiver.calls[0]?.body ?? '')).toMatchObject({ data: { id: second.id, model: 'people' } });

  expect(await other.client.jobs.get(second.id)).toMatchObject({ model: 'people', status: 'succeeded' });
  const events: string[] = [];
  for await (const { event } of readEvents(await fetch(`${other.url}/v1/jobs/${second.id}/events`))) events.push(event);
  expect(events).toEqual(['done']);
  const { data: list } = await other.client.api.GET('/v1/jobs');
  expect(list?.jobs.map(({ model }) => model).sort()).toEqual(['people', 'portrait']);

  const parts = client.jobs.create(input, { model: 'people', options: { parts: ['tail'] } });
  await expect(parts).rejects.toThrow('The model has no part "tail". Its parts: hair.');
  const photo = { method: 'POST', body: scriptedPhoto('ok'), headers: { 'content-type': 'image/jpeg' } };
  const parsed = await fetch(`${api.url}/parse?model=people`, photo);
  expect(await parsed.json()).toMatchObject({ model: { name: '/bundles/people' } });
  expect((await fetch(`${api.url}/parse?model=animals`, photo)).status).toBe(422);
}, 60_000);

test('batches and cancels find their model’s queue', async () => {
  const api = await startServices();
  await startWorker(api, 'people');
  await until(async () => (await api.client.models.list()).length === 2);
  const inputs = await Promise.all(['ok', 'fail image_unreadable'].map((script) => putPhoto(api, script)));
  const body = { model: 'people', input: { keys: inputs.map(({ key }) => key) } };
  const { data: created } = await api.client.api.POST('/v1/batches', { body });
  const params = { path: { id: created?.id ?? '' } };
  await until(async () => (await api.client.api.GET('/v1/batches/{id}', { params })).data?.status === 'finished');
  const { data: batch } = await api.client.api.GET('/v1/batches/{id}', { params });
  expect(batch).toMatchObject({ model: 'people', counts: { succeeded: 1, failed: 1 } });

  const { id } = await api.client.jobs.create(await putPhoto(api, 'hang'), { model: 'people' });
  await untilStatus(api, id, 'processing');
  await api.client.jobs.cancel(id);
  await untilStatus(api, id, 'canceled');
}, 60_000);

/** Two models behind one API and one dispatcher: the second one appears while these run. All services are real. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { readEvents } from '../apps/api/testing/read-events.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto, untilStatus } from './support/api/scripted-photo.ts';
import { startDispatcherProcess } from './support/dispatcher/dispatcher-process.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

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
  await expect(unknown).rejects.toThrow('there are: portrait');

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
  expect([first.model, second.model]).toEqual(['portrait', 'people']);
  await receiver.called(1);
  expect(JSON.parse(receiver.calls[0]?.body ?? '')).toMatchObject({ data: { id: second.id, model: 'people' } });

  expect(await other.client.jobs.read(second.id)).toMatchObject({ model: 'people', status: 'succeeded' });
  const events: string[] = [];
  for await (const { event } of readEvents(await fetch(`${other.url}/v1/jobs/${second.id}/events`))) events.push(event);
  expect(events).toEqual(['done']);
  const { data: list } = await other.client.api.GET('/v1/jobs');
  expect(list?.jobs.map(({ model }) => model).sort()).toEqual(['people', 'portrait']);

  const parts = client.jobs.create(input, { model: 'people', options: { parts: ['tail'] } });
  await expect(parts).rejects.toThrow('people has no part "tail"; it has: hair');
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
  await until(
    async () => (await api.client.api.GET('/v1/batches/{id}', { params })).data?.status === 'finished',
  );
  const { data: batch } = await api.client.api.GET('/v1/batches/{id}', { params });
  expect(batch).toMatchObject({ model: 'people', counts: { succeeded: 1, failed: 1 } });

  const { id } = await api.client.jobs.create(await putPhoto(api, 'hang'), { model: 'people' });
  await untilStatus(api, id, 'processing');
  await api.client.jobs.cancel(id);
  await untilStatus(api, id, 'canceled');
}, 60_000);

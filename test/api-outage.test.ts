/** Redis goes down and comes back up, as seen through every route that needs it. All services are real. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startTcpLink } from '@m2fp/dev-services/faults';
import { createLogger } from '@m2fp/service/logger';
import { afterEach, expect, inject, onTestFinished, test } from 'vitest';
import { readConfig } from '../apps/dispatcher/src/config.ts';
import { startDispatcher } from '../apps/dispatcher/src/start-dispatcher.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { postPhoto, scriptedPhoto } from './support/api/scripted-photo.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

const redisPort = Number(new URL(inject('redisUrl')).port);

/** An API, a worker and a dispatcher that lose Redis together. */
async function startBreakable() {
  const proxy = await startTcpLink(redisPort);
  onTestFinished(() => proxy.close());
  // Long enough that requests that waited for Redis would exceed the test's own limit.
  const api = await startApi({ REDIS_URL: `redis://127.0.0.1:${proxy.port}`, QUEUE_TIMEOUT_MS: '60000' });
  await waitUntilReady(api);
  // A job whose lock was lost with Redis is taken up again that much sooner.
  const env = { ...api.env, PORT: undefined, LOCK_DURATION_MS: '2000', STALLED_INTERVAL_MS: '300' };
  await startWorkerProcess('scripted', { ...env, PARSER_PROCESSES: '2' });
  const dispatcher = await startDispatcher(readConfig({ ...env, RECONCILE_INTERVAL_MS: '500' }), {
    log: createLogger('silent', {}),
  });
  onTestFinished(async () => void (await dispatcher.stop()));
  const key = `${api.prefixes.input}photo.jpg`;
  await api.putObject(key, scriptedPhoto('sleep 20'));
  return { api, proxy, key };
}

function postJson(api: ApiProcess, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

test('while Redis is down every route that needs it answers 503 immediately and says when to retry', async () => {
  const { api, proxy, key } = await startBreakable();
  const { id } = (await (await postJson(api, '/v1/jobs', { input: { key } })).json()) as { id: string };
  proxy.disconnect();
  await until(async () => (await fetch(`${api.url}/readyz`)).status === 503);
  const get = (path: string) => fetch(`${api.url}${path}`);
  const answers = await Promise.all([
    postPhoto(api, 'ok'),
    postJson(api, '/parse', { input: { key } }),
    postJson(api, '/v1/jobs', { input: { key } }),
    postJson(api, '/v1/batches', { input: { keys: [key] } }),
    postJson(api, '/v1/uploads', { content_type: 'image/jpeg', bytes: 1 }),
    postJson(api, `/v1/jobs/${id}/cancel`, {}),
    get('/v1/jobs'),
    get(`/v1/jobs/${id}`),
    get(`/v1/jobs/${id}/events`),
    get(`/v1/jobs/${id}/files/masks`),
    get('/v1/batches'),
    get('/v1/webhooks/deliveries'),
  ]);
  for (const answer of answers) {
    expect(answer.status, answer.url).toBe(503);
    expect(answer.headers.get('retry-after'), answer.url).toBe('5');
    expect(await answer.json(), answer.url).toMatchObject({ code: 'queue_unavailable' });
  }
  expect(await api.keys()).not.toContainEqual(expect.stringContaining(api.prefixes.upload));
  // So that the dispatcher can stop cleanly.
  proxy.connectTo(redisPort);
});

test('when Redis goes down under load, everything accepted by any route is done in the end', async () => {
  const { api, proxy, key } = await startBreakable();
  const jobs: string[] = [];
  const batches: string[] = [];
  let refused = 0;
  let parsed = 0;
  let isOver = false;
  const keepId = async (response: Response, ids: string[]): Promise<void> => {
    const body = (await response.json()) as { id: string };
    expect([202, 503]).toContain(response.status);
    if (response.status === 202) ids.push(body.id);
    else refused++;
  };
  const clients = [
    async () => keepId(await postJson(api, '/v1/jobs', { input: { key } }), jobs),
    async () => keepId(await postJson(api, '/v1/batches', { input: { keys: [key, key] } }), batches),
    async () => {
      const response = await postJson(api, '/parse', { input: { key } });
      await response.arrayBuffer();
      // 429: on a busy machine, no worker took it in time.
      expect([200, 429, 503]).toContain(response.status);
      if (response.status === 200) parsed++;
      if (response.status === 503) refused++;
    },
  ].map(async (request) => {
    while (!isOver) {
      await request();
      await sleep(50);
    }
  });
  const counts = () => [jobs.length, batches.length, parsed];
  const isPast = (before: readonly number[]) => counts().every((count, i) => count > (before[i] ?? 0) + 5);
  await until(() => isPast([0, 0, 0]));
  proxy.disconnect();
  await until(() => refused > 30);
  const before = counts();
  proxy.connectTo(redisPort);
  await until(() => isPast(before));
  isOver = true;
  await Promise.all(clients);
  for (const id of jobs) expect((await api.client.jobs.waitFor(id)).status).toBe('succeeded');
  for (const id of batches) {
    await until(async () => {
      const { data: batch } = await api.client.api.GET('/v1/batches/{id}', { params: { path: { id } } });
      if (batch?.status !== 'finished') return false;
      expect(batch.counts).toMatchObject({ total: 2, succeeded: 2 });
      return true;
    });
  }
});

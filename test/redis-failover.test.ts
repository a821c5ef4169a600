/** A failover that leaves connections open: behind them, Redis has become a replica and takes no writes. */
import { startTcpLink } from '@m2fp/dev-services/faults';
import { createLogger } from '@m2fp/service/logger';
import { startRedis } from '@m2fp/dev-services';
import { Redis } from 'ioredis';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../apps/dispatcher/src/config.ts';
import { startDispatcher } from '../apps/dispatcher/src/start-dispatcher.ts';
import { startApi, waitUntilReady } from './support/api/api-process.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

async function startOwnRedis(): Promise<{ port: number; client: Redis }> {
  const server = await startRedis({ isPrivate: true });
  onTestFinished(() => server.stop());
  const client = new Redis(server.url);
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return { port: Number(new URL(server.url).port), client };
}

test('is not ready while Redis takes no writes, and goes on with a server that does, on every connection', async () => {
  const [first, second] = [await startOwnRedis(), await startOwnRedis()];
  await second.client.replicaof('127.0.0.1', first.port);
  await until(async () => (await second.client.info('replication')).includes('master_link_status:up'));
  const proxy = await startTcpLink(first.port);
  onTestFinished(() => proxy.close());
  const api = await startApi({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  await waitUntilReady(api);
  const env = { ...api.env, PORT: undefined };
  const worker = await startWorkerProcess('scripted', env);
  const dispatcher = await startDispatcher(readConfig(env), { log: createLogger('silent', {}) });
  onTestFinished(async () => void (await dispatcher.stop()));
  const key = `${api.prefixes.input}photo.jpg`;
  await api.putObject(key, scriptedPhoto('ok'));
  const create = () =>
    fetch(`${api.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { key } }),
    });
  const probes = [`${api.url}/readyz`, `${worker.healthUrl}/readyz`, `${dispatcher.healthUrl}/readyz`];
  const statuses = async () => Promise.all(probes.map(async (url) => (await fetch(url)).status));
  const before = (await (await create()).json()) as { id: string };
  expect((await api.client.jobs.waitFor(before.id)).status).toBe('succeeded');
  await until(async () => (await statuses()).every((status) => status === 200));

  await second.client.replicaof('NO', 'ONE');
  await first.client.replicaof('127.0.0.1', second.port);
  // New connections still go to the first.
  await until(async () => (await statuses()).every((status) => status === 503));
  expect((await create()).status).toBe(503);

  // Open connections stay as they are: only a client that connects again finds the second.
  proxy.connectTo(second.port);
  let created = await create();
  await until(async () => (created = await create()).status === 202);
  const after = (await created.json()) as { id: string };
  expect((await api.client.jobs.waitFor(after.id)).status).toBe('succeeded');
  await until(async () => (await statuses()).every((status) => status === 200));
});

/** What the three services write about errors of a real Redis: what went wrong, and nothing secret or personal. */
import { randomBytes } from 'node:crypto';
import { startRedis } from '@m2fp/dev-services';
import { createS3Storage } from '@m2fp/storage';
import { Redis } from 'ioredis';
import { afterEach, expect, inject, onTestFinished, test } from 'vitest';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { startDispatcherProcess } from './support/dispatcher/dispatcher-process.ts';
import { createGate } from './support/worker/gate.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

const secret = (name: string): string => `${name}-${randomBytes(6).toString('hex')}`;

/** None of these may be in any line. */
const secrets = {
  password: secret('password'),
  token: secret('token'),
  metadata: secret('metadata'),
  photoKey: secret('photo'),
  missingPhotoKey: secret('missing'),
  resultKey: 'masks.json',
  awsSecret: inject('s3').secretAccessKey,
  signature: 'X-Amz-Signature',
};

/** This test's own Redis, which requires a password. */
async function startLockedRedis() {
  const redis = await startRedis({ isPrivate: true });
  onTestFinished(() => redis.stop());
  const admin = new Redis(redis.url);
  onTestFinished(() => admin.disconnect());
  const { host } = new URL(redis.url);
  await admin.config('SET', 'requirepass', secrets.password);
  return { admin, url: `redis://:${secrets.password}@${host}` };
}

async function post(api: ApiProcess, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** A job with everything that must stay private. */
function jobOf(key: string): object {
  return {
    input: { key },
    metadata: { customer: secrets.metadata },
    webhook: { url: `http://127.0.0.1:1024/hook?token=${secrets.token}`, events: ['job.succeeded', 'job.failed'] },
  };
}

async function createJob(api: ApiProcess, key: string): Promise<string> {
  const response = await post(api, '/v1/jobs', jobOf(key));
  expect(response.status, await response.clone().text()).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

const isFinal = async (api: ApiProcess, id: string): Promise<boolean> =>
  ['succeeded', 'failed'].includes((await api.client.jobs.get(id)).status);

test('no service logs passwords, tokens, metadata or photo keys, whatever goes wrong', async () => {
  const { admin, url } = await startLockedRedis();
  const api = await startApi({ REDIS_URL: url, WEBHOOK_ALLOW_LOOPBACK: '1', LOG_LEVEL: 'trace' });
  await waitUntilReady(api);
  const env = { ...api.env, PORT: undefined };
  const worker = await startWorkerProcess('scripted', { ...env, CONCURRENCY: '1' });
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
  const credentials = { accessKeyId, secretAccessKey };
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  onTestFinished(() => storage.close());

  // A photo that is gone when its turn comes. The job before it holds the worker until then.
  const gates = [createGate(), createGate()] as const;
  const key = (name: string) => `${api.prefixes.input}${name}.jpg`;
  const [running, missing] = [key(`${secrets.photoKey}-1`), key(secrets.missingPhotoKey)];
  await api.putObject(running, scriptedPhoto(gates[0].photo));
  await api.putObject(missing, scriptedPhoto('ok'));
  const succeeding = await createJob(api, running);
  await worker.busyParser();
  const failing = await createJob(api, missing);
  await storage.remove([missing], { signal: AbortSignal.timeout(10_000) });
  await gates[0].open();
  for (const id of [succeeding, failing]) await until(() => isFinal(api, id));
  await fetch(`${api.url}/v1/jobs?token=${secrets.token}`);
  expect((await post(api, '/v1/uploads', { content_type: 'image/jpeg', bytes: 1 })).status).toBe(201);

  // Redis has no memory left: jobs and webhooks that are written now appear in the clients' errors.
  const late = key(`${secrets.photoKey}-2`);
  await api.putObject(late, scriptedPhoto(gates[1].photo));
  await createJob(api, late);
  await worker.busyParser();
  await admin.config('SET', 'maxmemory', '1');
  const dispatcher = await startDispatcherProcess({ ...env, LOG_LEVEL: 'trace', RECONCILE_INTERVAL_MS: '200' });
  await gates[1].open();
  expect((await post(api, '/v1/jobs', jobOf(running))).status).toBe(503);
  const services = { api, worker, dispatcher };
  for (const service of Object.values(services))
    await until(() => service.output().includes('OOM command not allowed'));

  // The password is changed, and every connection has to be made again.
  await admin.config('SET', 'maxmemory', '0');
  await admin.config('SET', 'requirepass', secret('another'));
  await admin.call('CLIENT', 'KILL', 'SKIPME', 'yes');
  for (const service of Object.values(services)) await until(() => service.output().includes('WRONGPASS'));

  await Promise.all(Object.values(services).map((service) => service.stop(1_000)));
  const leaks = Object.entries(services).flatMap(([app, service]) =>
    Object.entries(secrets).flatMap(([name, value]) => {
      const line = service
        .output()
        .split('\n')
        .find((text) => text.includes(value));
      return line === undefined ? [] : [`${app} logs the ${name}: … ${line.slice(-60)}`];
    }),
  );
  expect(leaks).toEqual([]);
});

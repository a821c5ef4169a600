/** What API keys keep apart: what one key creates belongs to no other, and stays under its own prefixes. */
import { ApiKeys, defaultScopes, type KeyGrant } from '@m2fp/queue/access';
import { redisKeys } from '@m2fp/contract';
import { Redis } from 'ioredis';
import { createLogger } from '@m2fp/service/logger';
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { readConfig } from '../apps/dispatcher/src/config.ts';
import { startDispatcher } from '../apps/dispatcher/src/start-dispatcher.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

const grantOfAll: KeyGrant = {
  name: 'test',
  scopes: [...defaultScopes],
  input_prefixes: null,
  output_prefixes: null,
  requests_per_minute: null,
  jobs_at_once: null,
};

let api: ApiProcess;
let keys: ApiKeys;
beforeEach(async () => {
  api = await startApi({ WEBHOOK_ALLOW_LOOPBACK: '1' });
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  keys = new ApiKeys(redis, redisKeys(api.env['QUEUE_PREFIX']));
  await waitUntilReady(api);
});
afterEach(endWorkers);

type Body = Record<string, unknown>;

/** Sends requests with a newly created key. */
async function createCaller(grant: Partial<KeyGrant> = {}) {
  const { key } = await keys.create({ ...grantOfAll, ...grant });
  return async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const sent = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${api.url}${path}`, { method, headers: sent, ...content });
    const text = await response.text();
    const isJson = /json$/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: (isJson ? JSON.parse(text) : {}) as Body };
  };
}

async function putPhoto(folder = ''): Promise<string> {
  const key = `${api.prefixes.input}${folder}photo.jpg`;
  await api.putObject(key, scriptedPhoto('ok'));
  return key;
}

test('jobs, batches and webhooks exist only for their own key', async () => {
  const [mine, theirs] = [await createCaller(), await createCaller()];
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const env = { ...api.env, PORT: undefined };
  await startWorkerProcess('scripted', env);
  const dispatcher = await startDispatcher(readConfig(env), { log: createLogger('silent', {}) });
  onTestFinished(async () => void (await dispatcher.stop()));

  const key = await putPhoto();
  const job = (await mine('POST', '/v1/jobs', { input: { key }, webhook: { url: receiver.url } })).body['id'] as string;
  const batch = (await mine('POST', '/v1/batches', { input: { keys: [key] } })).body['id'] as string;
  const deliveriesOf = async (caller: typeof mine) =>
    (await caller('GET', '/v1/webhooks/deliveries')).body['deliveries'] as { id: string; status: string }[];
  await until(async () => (await deliveriesOf(mine))[0]?.status === 'delivered');
  await until(async () => (await mine('GET', `/v1/batches/${batch}`)).body['status'] === 'finished');
  const delivery = (await deliveriesOf(mine))[0]?.id ?? '';

  const reads = [
    `/v1/jobs/${job}`,
    `/v1/jobs/${job}/events`,
    `/v1/jobs/${job}/files/masks`,
    `/v1/batches/${batch}`,
    `/v1/webhooks/deliveries/${delivery}`,
  ];
  for (const path of reads) {
    expect((await mine('GET', path)).status, path).toBe(200);
    expect(await theirs('GET', path), path).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
  const changes = [
    `/v1/jobs/${job}/cancel`,
    `/v1/batches/${batch}/cancel`,
    `/v1/webhooks/deliveries/${delivery}/redeliver`,
  ];
  for (const path of changes) expect((await theirs('POST', path)).status, path).toBe(404);
  expect((await theirs('GET', '/v1/jobs')).body['jobs']).toEqual([]);
  expect((await theirs('GET', '/v1/batches')).body['batches']).toEqual([]);
  expect(await deliveriesOf(theirs)).toEqual([]);
  const secrets = [await mine('GET', '/v1/webhooks/secrets'), await theirs('GET', '/v1/webhooks/secrets')];
  expect(secrets[0]?.body).not.toEqual(secrets[1]?.body);
});

test('the same Idempotency-Key from two API keys makes a job for each', async () => {
  const [mine, theirs] = [await createCaller(), await createCaller()];
  const body = { input: { key: await putPhoto() } };
  const headers = { 'idempotency-key': 'order-4711' };
  const first = await mine('POST', '/v1/jobs', body, headers);
  const other = await theirs('POST', '/v1/jobs', body, headers);
  expect(other.status).toBe(202);
  expect(other.body['id']).not.toBe(first.body['id']);
  expect((await mine('POST', '/v1/jobs', body, headers)).body).toEqual(first.body);
});

test('a batch reads and writes under its key’s own prefixes, and writes there by default', async () => {
  const { input, output } = api.prefixes;
  const caller = await createCaller({ input_prefixes: [`${input}a/`], output_prefixes: [`${output}a/`] });
  const key = await putPhoto('a/');
  const refused = async (body: object) => (await caller('POST', '/v1/batches', body)).body['code'];
  expect(await refused({ input: { keys: [key, `${input}b/photo.jpg`] } })).toBe('input_denied');
  expect(await refused({ input: { prefix: input } })).toBe('input_denied');
  expect(await refused({ input: { keys: [key] }, output: { prefix: output } })).toBe('output_denied');
  const created = await caller('POST', '/v1/batches', { input: { prefix: `${input}a/` } });
  expect(created.status).toBe(202);
  const { prefix } = created.body['output'] as { prefix: string };
  expect(prefix.startsWith(`${output}a/`)).toBe(true);
});

test('POST /parse counts toward the jobs that a key may have at once, and frees its place when done', async () => {
  const caller = await createCaller({ jobs_at_once: 1 });
  const key = await putPhoto();
  const parse = () => caller('POST', '/parse', { input: { key } });
  const waiting = await caller('POST', '/v1/jobs', { input: { key } });
  expect(await parse()).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  await caller('POST', `/v1/jobs/${String(waiting.body['id'])}/cancel`);
  await startWorkerProcess('scripted', { ...api.env, PORT: undefined });
  expect((await parse()).status).toBe(200);
  expect((await parse()).status).toBe(200);
});

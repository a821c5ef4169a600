/** What owners keep apart: what one owner creates belongs to no other, and stays under the owner's prefixes. */
import { randomBytes } from 'node:crypto';
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
  owner: 'replaced',
  shares: {},
  expires_at: null,
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
  const owner = grant.owner ?? `owner-${randomBytes(4).toString('hex')}`;
  const { key, record } = await keys.create({ ...grantOfAll, ...grant, owner });
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const sent = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${api.url}${path}`, { method, headers: sent, ...content });
    const text = await response.text();
    const isJson = /json$/.test(response.headers.get('content-type') ?? '');
    const shares = response.headers.get('ratelimit') ?? '';
    return { status: response.status, shares, body: (isJson ? JSON.parse(text) : {}) as Body };
  };
  return Object.assign(call, { owner, id: record.id });
}

async function putPhoto(folder: string): Promise<string> {
  const key = `${api.prefixes.input}${folder}/photo.jpg`;
  await api.putObject(key, scriptedPhoto('ok'));
  return key;
}

test('jobs, batches and webhooks exist only for their owner, with any of the owner’s keys', async () => {
  const [mine, theirs] = [await createCaller(), await createCaller()];
  const myOther = await createCaller({ owner: mine.owner });
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const env = { ...api.env, PORT: undefined };
  await startWorkerProcess('scripted', env);
  const dispatcher = await startDispatcher(readConfig(env), { log: createLogger('silent', {}) });
  onTestFinished(async () => void (await dispatcher.stop()));

  const key = await putPhoto(mine.owner);
  const content = { input: { key }, options: { outputs: ['masks', 'people'] }, webhook: { url: receiver.url } };
  const job = (await mine('POST', '/v1/jobs', content)).body['id'] as string;
  const batch = (await mine('POST', '/v1/batches', { input: { keys: [key] } })).body['id'] as string;
  const deliveriesOf = async (caller: typeof mine) =>
    (await caller('GET', '/v1/webhooks/deliveries')).body['deliveries'] as { id: string; status: string }[];
  await until(async () => (await deliveriesOf(mine))[0]?.status === 'delivered');
  await until(async () => (await mine('GET', `/v1/batches/${batch}`)).body['status'] === 'finished');
  const delivery = (await deliveriesOf(mine))[0]?.id ?? '';

  // Whatever a route does with an id: a new one belongs into one of these lists.
  const reads = [
    `/v1/jobs/${job}`,
    `/v1/jobs/${job}/events`,
    `/v1/jobs/${job}/photo`,
    `/v1/jobs/${job}/files/masks`,
    `/v1/jobs/${job}/files/people/1`,
    `/v1/batches/${batch}`,
    `/v1/webhooks/deliveries/${delivery}`,
  ];
  for (const path of reads) {
    expect((await mine('GET', path)).status, path).toBe(200);
    expect((await myOther('GET', path)).status, path).toBe(200);
    expect(await theirs('GET', path), path).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
  const changes = [
    `/v1/jobs/${job}/cancel`,
    `/v1/batches/${batch}/cancel`,
    `/v1/webhooks/deliveries/${delivery}/redeliver`,
  ];
  for (const path of changes) expect((await theirs('POST', path)).status, path).toBe(404);
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  // A model belongs to nobody.
  const patterns = Object.keys(document.paths).filter((path) => path.includes('{') && !path.includes('{model}'));
  const asked = [...reads, ...changes].map((path) =>
    path
      .replace(/(job|batch|msg)_[0-9a-f]{32}/, '{id}')
      .replace('/masks', '/{output}')
      .replace('/people/1', '/{output}/{person}'),
  );
  expect(asked.sort()).toEqual(patterns.sort());
  expect((await theirs('GET', '/v1/jobs')).body['jobs']).toEqual([]);
  expect((await theirs('GET', '/v1/batches')).body['batches']).toEqual([]);
  expect(await deliveriesOf(theirs)).toEqual([]);
  const secrets = [await mine('GET', '/v1/webhooks/secrets'), await theirs('GET', '/v1/webhooks/secrets')];
  expect(secrets[0]?.body).not.toEqual(secrets[1]?.body);
});

test('the same Idempotency-Key from two owners makes a job for each', async () => {
  const shared = { input_prefixes: [`${api.prefixes.input}shared/`] };
  const [mine, theirs] = [await createCaller(shared), await createCaller(shared)];
  const body = { input: { key: await putPhoto('shared') } };
  const headers = { 'idempotency-key': 'order-4711' };
  const first = await mine('POST', '/v1/jobs', body, headers);
  const other = await theirs('POST', '/v1/jobs', body, headers);
  expect(other.status).toBe(202);
  expect(other.body['id']).not.toBe(first.body['id']);
  expect((await mine('POST', '/v1/jobs', body, headers)).body).toEqual(first.body);
});

test('a batch reads and writes under the prefixes of its key, and writes there by default', async () => {
  const { input, output } = api.prefixes;
  const caller = await createCaller({ input_prefixes: [`${input}a/`], output_prefixes: [`${output}a/`] });
  const key = await putPhoto('a');
  const refused = async (body: object) => (await caller('POST', '/v1/batches', body)).body['code'];
  expect(await refused({ input: { keys: [key, `${input}b/photo.jpg`] } })).toBe('input_denied');
  expect(await refused({ input: { prefix: input } })).toBe('input_denied');
  expect(await refused({ input: { keys: [key] }, output: { prefix: output } })).toBe('output_denied');
  const created = await caller('POST', '/v1/batches', { input: { prefix: `${input}a/` } });
  expect(created.status).toBe(202);
  const { prefix } = created.body['output'] as { prefix: string };
  expect(prefix.startsWith(`${output}a/`)).toBe(true);
});

test('POST /parse counts toward the jobs that an owner may have at once, and frees its place when done', async () => {
  const caller = await createCaller({ shares: { jobs: 1 } });
  const key = await putPhoto(caller.owner);
  const parse = () => caller('POST', '/parse', { input: { key } });
  const waiting = await caller('POST', '/v1/jobs', { input: { key } });
  expect(await parse()).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  await caller('POST', `/v1/jobs/${String(waiting.body['id'])}/cancel`);
  await startWorkerProcess('scripted', { ...api.env, PORT: undefined });
  const jobsLeft = async (): Promise<string | undefined> =>
    /"jobs";r=(\d+)/.exec((await caller('GET', '/v1/jobs')).shares)?.[1];
  for (let photos = 0; photos < 2; photos++) {
    expect((await parse()).status).toBe(200);
    await until(async () => (await jobsLeft()) === '1');
  }
});

test('without prefixes of its own, a key reads and writes only in its owner’s folders', async () => {
  const [mine, theirs] = [await createCaller(), await createCaller()];
  const { input, output, upload } = api.prefixes;
  const theirPhoto = await putPhoto(theirs.owner);
  const uploaded = (await theirs('POST', '/v1/uploads', { content_type: 'image/jpeg', bytes: 100 })).body[
    'key'
  ] as string;
  expect(uploaded.startsWith(`${upload}${theirs.owner}/`)).toBe(true);
  const code = async (path: string, body: object) => (await mine('POST', path, body)).body['code'];
  for (const key of [theirPhoto, uploaded, `${upload}${uploaded.split('/').at(-1)}`]) {
    expect(await code('/v1/jobs', { input: { key } }), key).toBe('input_denied');
    expect(await code('/parse', { input: { key } }), key).toBe('input_denied');
    expect(await code('/v1/batches', { input: { keys: [key] } }), key).toBe('input_denied');
  }
  for (const prefix of [
    input,
    upload,
    `${upload}${theirs.owner}/`,
    `${output}${theirs.owner}/`,
    `${upload}${mine.owner}`,
  ]) {
    expect(await code('/v1/batches', { input: { prefix } }), prefix).toBe('input_denied');
  }
  const key = await putPhoto(mine.owner);
  for (const prefix of [output, `${output}${theirs.owner}/`, `${output}${mine.owner}`, upload]) {
    const refused = await code('/v1/jobs', { input: { key }, output: { prefix } });
    expect(refused, prefix).toBe(prefix === `${output}${mine.owner}` ? undefined : 'output_denied');
  }
  const created = await mine('POST', '/v1/jobs', { input: { key } });
  expect((created.body['output'] as { prefix: string }).prefix.startsWith(`${output}${mine.owner}/`)).toBe(true);
});

test('an uploaded photo’s name says nothing about the job, and lies in the owner’s folder', async () => {
  const { key, record } = await keys.create({ ...grantOfAll, owner: 'shop' });
  const form = new FormData();
  form.set('image', new Blob([scriptedPhoto('ok')]), 'photo.jpg');
  const headers = { authorization: `Bearer ${key}` };
  const job = (await (await fetch(`${api.url}/v1/jobs`, { method: 'POST', body: form, headers })).json()) as {
    id: string;
    input: { key: string };
  };
  expect(job.input.key.startsWith(`${api.prefixes.upload}shop/`)).toBe(true);
  expect(job.input.key).not.toContain(job.id.replace('job_', ''));
  expect(job.input.key).not.toContain(record.id);
});

test('a rotated key’s owner keeps everything; the old key ends when its overlap is over', async () => {
  const { key: old, record } = await keys.create({ ...grantOfAll, owner: 'shop' });
  const status = async (key: string, path: string) =>
    (await fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
  const photo = await putPhoto('shop');
  const created = await fetch(`${api.url}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${old}`, 'content-type': 'application/json' },
    body: JSON.stringify({ input: { key: photo } }),
  });
  const path = created.headers.get('location') ?? '';
  const overlapping = await keys.rotate(record.id, 3_600);
  expect([await status(old, path), await status(overlapping?.key ?? '', path)]).toEqual([200, 200]);
  const next = await keys.rotate(overlapping?.record.id ?? '', 0);
  expect([await status(overlapping?.key ?? '', path), await status(next?.key ?? '', path)]).toEqual([401, 200]);
  expect(await keys.rotate(overlapping?.record.id ?? '', 0)).toBeUndefined();
  const operations = await keys.operations(10);
  expect(operations.map(({ operation, owner }) => `${operation} ${owner}`)).toEqual([
    'rotated shop',
    'rotated shop',
    'created shop',
  ]);
});

test('a key is valid until it expires, and its last use is known', async () => {
  const soon = new Date(Date.now() + 600_000).toISOString();
  const past = new Date(Date.now() - 1).toISOString();
  const [valid, expired] = [await createCaller({ expires_at: soon }), await createCaller({ expires_at: past })];
  expect([(await valid('GET', '/v1/jobs')).status, (await expired('GET', '/v1/jobs')).status]).toEqual([200, 401]);
  await until(async () => (await keys.uses()).has(valid.id));
  expect((await keys.uses()).has(expired.id)).toBe(false);
});

test('no key is made for the owner of what has none, nor with the operator’s scopes for another owner', async () => {
  await expect(keys.create({ ...grantOfAll, owner: 'anonymous' })).rejects.toThrow('without a key');
  for (const scope of ['admin', 'metrics'] as const) {
    await expect(keys.create({ ...grantOfAll, owner: 'shop', scopes: [scope] })).rejects.toThrow('operator');
  }
  expect(await keys.list()).toEqual([]);
});

import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { startApi, waitUntilReady, runApi, type ApiProcess } from './support/api/api-process.ts';
import { startM2fp } from './support/cli/run-m2fp.ts';

/** Bytes that begin like a JPEG. The API checks no more, and there is no worker. */
const photo = Uint8Array.from({ length: 200 }, (_, i) => [0xff, 0xd8, 0xff, 0xe0][i] ?? 7);

/** Runs `m2fp keys …` on the API's Redis. */
async function keys(prefix: string, ...args: string[]) {
  const env = { REDIS_URL: inject('redisUrl'), QUEUE_PREFIX: prefix };
  return startM2fp(['keys', ...args], env).ended;
}

async function createKey(prefix: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await keys(prefix, 'create', '--name', 'test', ...args);
  expect(code, stderr).toBe(0);
  return stdout.trim();
}

/** An API with its own queue, and its key prefix in Redis. */
async function startWithPrefix(changes: NodeJS.ProcessEnv = {}) {
  const prefix = `access-${randomBytes(6).toString('hex')}`;
  const api = await startApi({ QUEUE_PREFIX: prefix, ...changes });
  await waitUntilReady(api);
  return { api, prefix };
}

function call(api: ApiProcess, method: string, path: string, key?: string, body?: object): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
  return fetch(`${api.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

async function code(response: Response): Promise<unknown> {
  return ((await response.json()) as { code: unknown }).code;
}

async function queueJob(api: ApiProcess, key: string, fields: object = {}): Promise<Response> {
  const photoKey = `${api.prefixes.input}shop/photo.jpg`;
  await api.putObject(photoKey, photo);
  return call(api, 'POST', '/v1/jobs', key, { input: { key: photoKey }, ...fields });
}

test('while no key is configured, anyone on this machine may use the API; the first key ends that', async () => {
  const { api, prefix } = await startWithPrefix();
  expect((await call(api, 'GET', '/v1/batches')).status).toBe(200);
  const key = await createKey(prefix);
  const refused = await call(api, 'GET', '/v1/batches');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  expect(await code(refused)).toBe('unauthorized');
  expect((await call(api, 'GET', '/v1/batches', key)).status).toBe(200);
  const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
  expect((await call(api, 'GET', '/v1/batches', wrong)).status).toBe(401);
  expect((await call(api, 'GET', '/healthz')).status).toBe(200);
  expect((await call(api, 'GET', '/openapi.json')).status).toBe(200);
});

test('a revoked key is refused, and revoking the last one does not open the API again', async () => {
  const { api, prefix } = await startWithPrefix();
  const key = await createKey(prefix);
  const id = key.split('_')[1] ?? '';
  expect((await keys(prefix, 'revoke', id)).code).toBe(0);
  expect((await call(api, 'GET', '/v1/batches', key)).status).toBe(401);
  expect((await call(api, 'GET', '/v1/batches')).status).toBe(401);
  const list = await keys(prefix, 'list', '--json');
  expect(JSON.parse(list.stdout)).toMatchObject([{ id, name: 'test', revoked_at: expect.any(String) as string }]);
  expect(list.stdout).not.toContain(key.split('_')[2]);
  expect((await keys(prefix, 'revoke', '0000000000000000')).code).toBe(1);
});

test('a job is visible only to its owner', async () => {
  const { api, prefix } = await startWithPrefix();
  const [mine, theirs] = [await createKey(prefix, '--owner', 'shop'), await createKey(prefix)];
  const created = await queueJob(api, mine);
  expect(created.status).toBe(202);
  const path = created.headers.get('location') ?? '';
  expect((await call(api, 'GET', path, mine)).status).toBe(200);
  const hidden = await call(api, 'GET', path, theirs);
  expect(hidden.status).toBe(404);
  expect(await code(hidden)).toBe('not_found');
  expect((await call(api, 'POST', `${path}/cancel`, theirs)).status).toBe(404);
});

test('a key may do what its scopes allow, and no more', async () => {
  const { api, prefix } = await startWithPrefix();
  const reader = await createKey(prefix, '--scope', 'jobs:read');
  const refused = await queueJob(api, reader);
  expect(refused.status).toBe(403);
  expect(await code(refused)).toBe('forbidden');
  expect((await call(api, 'GET', `/v1/jobs/job_${'0'.repeat(32)}`, reader)).status).toBe(404);
  expect((await call(api, 'GET', '/v1/batches', reader)).status).toBe(403);
  const admin = await createKey(prefix, '--scope', 'admin');
  expect((await call(api, 'GET', '/v1/batches', admin)).status).toBe(200);
});

test('a key reads and writes under its own prefixes, and writes there by default', async () => {
  const { api, prefix } = await startWithPrefix();
  const { input, output } = api.prefixes;
  const key = await createKey(prefix, '--input-prefix', `${input}a/`, '--output-prefix', `${output}a/`);
  const denied = await queueJob(api, key);
  expect(denied.status).toBe(403);
  expect(await code(denied)).toBe('input_denied');
  await api.putObject(`${input}a/photo.jpg`, photo);
  const fields = { input: { key: `${input}a/photo.jpg` } };
  expect((await call(api, 'POST', '/v1/jobs', key, fields)).status).toBe(202);
  const elsewhere = await call(api, 'POST', '/v1/jobs', key, { ...fields, output: { prefix: `${output}b/` } });
  expect(await code(elsewhere)).toBe('output_denied');
  const batch = await call(api, 'POST', '/v1/batches', key, { input: { keys: [`${input}b/photo.jpg`] } });
  expect(await code(batch)).toBe('input_denied');
});

test('over its requests per minute a key learns how long to wait, and other keys are not affected', async () => {
  const { api, prefix } = await startWithPrefix();
  const [slow, other] = [await createKey(prefix, '--requests-per-minute', '3'), await createKey(prefix)];
  for (const left of [2, 1, 0]) {
    const response = await call(api, 'GET', '/v1/batches', slow);
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit-policy')).toMatch(/^"requests";q=3;w=60, "jobs";q=1000;qu="jobs", /);
    expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"requests";r=${left};t=\\d+, "jobs";r=1000, `));
  }
  const refused = await call(api, 'GET', '/v1/batches', slow);
  expect(refused.status).toBe(429);
  expect(await code(refused)).toBe('rate_limited');
  // The next request is allowed after a third of a minute.
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20);
  const free = await call(api, 'GET', '/v1/batches', other);
  expect(free.status).toBe(200);
  expect(free.headers.get('ratelimit-policy')).toMatch(/^"requests";q=6000;w=60/);
});

test('a key’s limit of unfinished jobs holds for concurrent creates; a job that ends makes room', async () => {
  const { api, prefix } = await startWithPrefix();
  const key = await createKey(prefix, '--owner', 'shop', '--jobs-at-once', '2');
  const answers = await Promise.all(Array.from({ length: 8 }, () => queueJob(api, key)));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 429, 429, 429, 429, 429, 429]);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get('retry-after')).toBe('10');
  const path = answers.find(({ status }) => status === 202)?.headers.get('location') ?? '';
  expect((await call(api, 'POST', `${path}/cancel`, key)).status).toBe(200);
  expect((await queueJob(api, key)).status).toBe(202);
  expect((await queueJob(api, key)).status).toBe(429);
});

test('a full backlog refuses those who fill it, and lets an owner with few jobs in', async () => {
  const { api, prefix } = await startWithPrefix({ MAX_BACKLOG: '12' });
  const [many, few] = [await createKey(prefix, '--owner', 'shop'), await createKey(prefix)];
  for (let jobs = 0; jobs < 12; jobs++) expect((await queueJob(api, many)).status).toBe(202);
  const refused = await queueJob(api, many);
  expect([refused.status, await code(refused)]).toEqual([429, 'overloaded']);
  const form = new FormData();
  form.set('image', new Blob([photo]), 'photo.jpg');
  const headers = { authorization: `Bearer ${few}` };
  expect((await fetch(`${api.url}/v1/jobs`, { method: 'POST', body: form, headers })).status).toBe(202);
});

test('a key that would meet another owner’s is made only if told plainly; every operation is on record', async () => {
  const prefix = `access-${randomBytes(6).toString('hex')}`;
  const create = (...args: string[]) => keys(prefix, 'create', '--name', 'test', ...args);
  const shop = await create('--owner', 'shop', '--json');
  const { id } = JSON.parse(shop.stdout) as { id: string };
  for (const wide of ['results/', 'results/shop', 'results/shop/2026']) {
    const refused = await create('--output-prefix', wide);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('--allow-shared-prefix');
    expect((await create('--owner', 'shop', '--output-prefix', wide)).code).toBe(0);
  }
  expect((await create('--input-prefix', 'inputs/')).code).toBe(1);
  expect((await create('--output-prefix', 'results/', '--allow-shared-prefix')).code).toBe(0);
  for (const owner of ['Shop', 'a/b', '..', 'anonymous', 'x'.repeat(64)]) {
    expect((await create('--owner', owner)).code, owner).toBe(1);
  }
  expect((await create('--owner', 'shop', '--scope', 'metrics')).stderr).toContain('operator');
  const rotated = await keys(prefix, 'rotate', id);
  expect(rotated.stdout).toMatch(/^m2fp_/);
  const audit = await keys(prefix, 'audit');
  expect(audit.stdout.split('\n')[1]).toMatch(new RegExp(`rotated +${id} +shop +test +\\S+@\\S+`));
  expect((await keys(prefix, 'list')).stdout).toMatch(new RegExp(`${id} +shop +test +until `));
}, 60_000);

test('it refuses to start if others can reach it and no key is configured, unless explicitly allowed', async () => {
  const prefix = `access-${randomBytes(6).toString('hex')}`;
  const env = { REDIS_URL: inject('redisUrl'), QUEUE_PREFIX: prefix, HOST: '0.0.0.0', PORT: '0', S3_BUCKET: 'any' };
  const lines: string[] = [];
  const refused = await runApi(env, (line) => lines.push(line));
  expect(await refused.exited).toMatchObject({ code: 1 });
  expect(lines.join('\n')).toContain('ALLOW_ANONYMOUS=1');
  expect(lines.join('\n')).not.toContain('listening');

  const { api } = await startWithPrefix({ HOST: '0.0.0.0', ALLOW_ANONYMOUS: '1' });
  expect((await call(api, 'GET', '/v1/batches')).status).toBe(200);
  const key = await createKey(prefix);
  const guarded = await startApi({ HOST: '0.0.0.0', QUEUE_PREFIX: prefix });
  await waitUntilReady(guarded);
  expect((await call(guarded, 'GET', '/v1/batches')).status).toBe(401);
  expect((await call(guarded, 'GET', '/v1/batches', key)).status).toBe(200);
});

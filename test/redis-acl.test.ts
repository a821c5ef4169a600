/**
 * The Redis users of infra/redis/users.acl: each service can do its work with its own user, and no more. Whoever gives
 * a service a new command, key or channel finds out here that the file has to allow it.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startRedis } from '@m2fp/dev-services';
import { Redis } from 'ioredis';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { readEvents } from '../apps/api/testing/read-events.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { startM2fp } from './support/cli/run-m2fp.ts';
import { startDispatcherProcess } from './support/dispatcher/dispatcher-process.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

const usersFile = new URL('../infra/redis/users.acl', import.meta.url);

interface LockedRedis {
  /** Of the user who may do everything. */
  readonly admin: Redis;
  readonly urlOf: (user: string) => string;
}

/** A Redis of the test's own with the users of the file. */
async function startLockedRedis(): Promise<LockedRedis> {
  const redis = await startRedis({ isPrivate: true });
  onTestFinished(() => redis.stop());
  const { host } = new URL(redis.url);
  const password = randomBytes(12).toString('hex');
  const lines = (await readFile(usersFile, 'utf8')).split('\n').filter((line) => /^[^#]/.test(line));
  const setup = new Redis(redis.url);
  // `default` comes last: it is the one that adds the others.
  for (const line of lines.sort((a, b) => Number(a.includes(' default ')) - Number(b.includes(' default ')))) {
    const [, ...rules] = line.replace(/>PASSWORD_OF_\w+/, `>${password}`).split(' ');
    await setup.call('ACL', 'SETUSER', ...rules);
  }
  setup.disconnect();
  const urlOf = (user: string): string => `redis://${user}:${password}@${host}`;
  const admin = new Redis(urlOf('operator'));
  onTestFinished(() => admin.disconnect());
  return { admin, urlOf };
}

/** The API, a worker and a dispatcher, each with its own user, under the prefix that the file is written for. */
async function startServices({ urlOf }: LockedRedis) {
  const api = await startApi({
    REDIS_URL: urlOf('m2fp-api'),
    QUEUE_PREFIX: 'm2fp',
    WEBHOOK_ALLOW_LOOPBACK: '1',
    LOG_LEVEL: 'trace',
  });
  const env = { ...api.env, PORT: undefined };
  const worker = await startWorkerProcess('scripted', { ...env, REDIS_URL: urlOf('m2fp-worker') });
  const quick = { RECONCILE_INTERVAL_MS: '200' };
  const dispatcher = await startDispatcherProcess({ ...env, ...quick, REDIS_URL: urlOf('m2fp-dispatcher') });
  await waitUntilReady(api);
  return { api, worker, dispatcher };
}

/** `m2fp keys …` with JSON on its standard output. */
async function keys(url: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await startM2fp(['keys', ...args], { REDIS_URL: url, QUEUE_PREFIX: 'm2fp' }).ended;
  expect(code, stderr).toBe(0);
  return stdout;
}

type Body = Record<string, unknown>;

/** Requests with a key; each must be answered by one of `statuses`. */
function requester(api: ApiProcess, key: string) {
  return async (method: string, path: string, body?: object, statuses: readonly number[] = [200, 201, 202]) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${api.url}${path}`, init);
    const text = await response.text();
    expect(statuses, `${method} ${path}: ${text}`).toContain(response.status);
    return (text.startsWith('{') ? JSON.parse(text) : {}) as Body;
  };
}

/** One of everything that a client can ask for, to its end. */
async function useEverything(api: ApiProcess, key: string, adminKey: string): Promise<void> {
  const send = requester(api, key);
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const input = { key: `${api.prefixes.input}shop/photo.jpg` };
  const slow = { key: `${api.prefixes.input}shop/slow.jpg` };
  await api.putObject(input.key, scriptedPhoto('ok'));
  await api.putObject(slow.key, scriptedPhoto('hang'));
  const { id } = await send('POST', '/v1/jobs', { input, webhook: { url: receiver.url } });
  const stream = await fetch(`${api.url}/v1/jobs/${String(id)}/events`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(stream.status).toBe(200);
  const events: string[] = [];
  for await (const { event } of readEvents(stream)) events.push(event);
  expect(events.at(-1)).toBe('done');
  await receiver.called(1);
  await until(async () => {
    const { deliveries } = (await send('GET', '/v1/webhooks/deliveries')) as { deliveries: { status: string }[] };
    return deliveries[0]?.status === 'delivered';
  });
  await send('POST', '/parse', { input });

  const running = await send('POST', '/v1/jobs', { input: slow });
  await until(async () => (await send('GET', `/v1/jobs/${String(running['id'])}`))['status'] === 'processing');
  await send('POST', `/v1/jobs/${String(running['id'])}/cancel`);

  const batch = await send('POST', '/v1/batches', { input: { keys: [input.key, input.key] } });
  await until(async () => (await send('GET', `/v1/batches/${String(batch['id'])}`))['status'] === 'finished');
  const stopped = await send('POST', '/v1/batches', { input: { keys: [slow.key] } });
  await send('POST', `/v1/batches/${String(stopped['id'])}/cancel`);
  await until(async () => (await send('GET', `/v1/batches/${String(stopped['id'])}`))['status'] === 'canceled');

  for (const path of ['/v1/jobs', '/v1/batches', '/v1/webhooks/secrets']) await send('GET', path);
  await send('POST', '/v1/webhooks/secrets');
  await send('POST', '/v1/uploads', { content_type: 'image/jpeg', bytes: 1000 });
  const asAdmin = requester(api, adminKey);
  for (const path of ['/metrics', '/admin/api/queues']) await asAdmin('GET', path, undefined);
}

test('each service works with its own user of Redis', async () => {
  const redis = await startLockedRedis();
  const { api, worker, dispatcher } = await startServices(redis);
  const keysUrl = redis.urlOf('m2fp-keys');
  const key = (await keys(keysUrl, 'create', '--name', 'shop', '--owner', 'shop')).trim();
  const admin = (await keys(keysUrl, 'create', '--name', 'ops', '--owner', 'operator', '--scope', 'admin')).trim();
  await useEverything(api, key, admin);
  const [first] = JSON.parse(await keys(keysUrl, 'list', '--json')) as [{ id: string }];
  await keys(keysUrl, 'rotate', first.id);
  await keys(keysUrl, 'revoke', first.id);
  await keys(keysUrl, 'audit');
  await requester(api, key)('GET', '/v1/jobs', undefined, [401]);

  const refused = (await redis.admin.call('ACL', 'LOG')) as unknown[];
  expect(refused, 'ACL LOG').toEqual([]);
  for (const [name, service] of Object.entries({ api, worker, dispatcher }))
    expect(service.output(), name).not.toMatch(/NOPERM|WRONGPASS|NOAUTH/);
});

test('no user can do what its service does not need', async () => {
  const { urlOf, admin } = await startLockedRedis();
  await admin.hset('m2fp:x:api-keys', 'id', '{}');
  const refusals: Record<string, readonly (readonly string[])[]> = {
    'm2fp-api': [
      ['HSET', 'm2fp:x:api-keys', 'id', '{}'],
      ['DEL', 'm2fp:x:api-keys'],
      ['GET', 'another'],
    ],
    'm2fp-worker': [
      ['HSET', 'm2fp:x:api-keys', 'id', '{}'],
      ['HGETALL', 'm2fp:x:webhook-secrets:shop'],
      ['HGETALL', 'm2fp:x:batch:batch_1'],
      ['PUBLISH', 'm2fp:x:cancel', 'job_1'],
      ['CLIENT', 'LIST'],
      ['EVAL', "return redis.call('HGETALL', 'm2fp:x:webhook-secrets:shop')", '0'],
    ],
    'm2fp-dispatcher': [
      ['HSET', 'm2fp:x:api-keys', 'id', '{}'],
      ['GET', 'another'],
      ['CLIENT', 'LIST'],
    ],
    'm2fp-keys': [
      ['HGETALL', 'm2fp:x:webhook-secrets:shop'],
      ['LRANGE', 'm2fp:parse-portrait:wait', '0', '-1'],
    ],
    health: [['INFO'], ['GET', 'm2fp:x:cancel:job']],
  };
  const dangerous = [['KEYS', '*'], ['SCAN', '0'], ['FLUSHALL'], ['CONFIG', 'GET', '*'], ['ACL', 'LIST']];
  for (const [user, own] of Object.entries(refusals)) {
    const client = new Redis(urlOf(user), { enableReadyCheck: false });
    try {
      for (const [command = '', ...args] of [
        ...own,
        ...dangerous,
        ['MONITOR'],
        ['CLIENT', 'KILL', 'ID', '1'],
        ['SHUTDOWN'],
      ])
        await expect(client.call(command, ...args), `${user}: ${command} ${args.join(' ')}`).rejects.toThrow(
          /NOPERM|can't access at least one of the keys/,
        );
    } finally {
      client.disconnect();
    }
  }
  const { host } = new URL(urlOf('health'));
  const nobody = new Redis(`redis://${host}`, { enableReadyCheck: false, lazyConnect: true });
  nobody.on('error', () => undefined);
  await expect(nobody.get('m2fp:x:cancel:job')).rejects.toThrow('NOAUTH');
  nobody.disconnect();
});

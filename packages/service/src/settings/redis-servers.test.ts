import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { redisSettings } from './fragments.ts';
import { readSettings } from './read-settings.ts';

const read = (environment: NodeJS.ProcessEnv) => readSettings('test', { redis: redisSettings }, environment).redis;

async function pem(text = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-pem-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'a.pem'), text);
  return join(folder, 'a.pem');
}

test('one server, unless told otherwise', () => {
  expect(read({})).toEqual({ url: 'redis://127.0.0.1:6379', prefix: 'm2fp' });
});

test('Sentinels: where they are, the master’s name, and TLS as the master has it', () => {
  const environment = { REDIS_SENTINELS: 'one.example, 10.0.0.2:27000,[fd00::3]:26380', REDIS_SENTINEL_PASSWORD: 'x' };
  expect(read(environment).sentinels).toEqual({
    addresses: [
      { host: 'one.example', port: 26_379 },
      { host: '10.0.0.2', port: 27_000 },
      { host: 'fd00::3', port: 26_380 },
    ],
    ...{ name: 'mymaster', username: undefined, password: 'x', isTls: false },
  });
  const withTls = { ...environment, REDIS_URL: 'rediss://redis.example', REDIS_SENTINEL_NAME: 'photos' };
  expect(read(withTls).sentinels).toMatchObject({ name: 'photos', isTls: true });
  expect(read({ ...withTls, REDIS_SENTINEL_TLS: 'false' }).sentinels).toMatchObject({ isTls: false });
});

test('a cluster: its nodes, or the server of the URL; and a prefix that keeps the keys together', () => {
  expect(read({ REDIS_CLUSTER: 'a:7000,b' })).toMatchObject({
    prefix: '{m2fp}',
    cluster: [
      { host: 'a', port: 7_000 },
      { host: 'b', port: 6_379 },
    ],
  });
  const own = { REDIS_URL: 'rediss://user:pass@cluster.example:6380', REDIS_CLUSTER: 'true' };
  expect(read(own).cluster).toEqual([{ host: 'cluster.example', port: 6_380 }]);
  expect(read({ REDIS_CLUSTER: '1', QUEUE_PREFIX: 'app{people}' }).prefix).toBe('app{people}');
  expect(read({ REDIS_CLUSTER: 'false', QUEUE_PREFIX: 'people' })).not.toHaveProperty('cluster');
});

test.each([
  [{ REDIS_CLUSTER: 'true', QUEUE_PREFIX: 'people' }, /QUEUE_PREFIX: needs a part in braces/],
  [{ REDIS_CLUSTER: 'true', QUEUE_PREFIX: 'people{}' }, /QUEUE_PREFIX: needs a part in braces/],
  [{ REDIS_CLUSTER: 'a:1', REDIS_SENTINELS: 'b:2' }, /REDIS_CLUSTER: is one too many/],
  [{ REDIS_CLUSTER: 'true', REDIS_URL: 'redis://h/3' }, /REDIS_URL: names a database/],
  [{ REDIS_URL: 'redis://h/three' }, /REDIS_URL: must name a database by its number/],
  [{ REDIS_URL: 'not a URL', REDIS_CLUSTER: 'true' }, /REDIS_URL: must be a URL/],
  [{ REDIS_SENTINELS: 'a:0' }, /REDIS_SENTINELS: must be servers/],
  [{ REDIS_SENTINELS: 'redis://a:1' }, /REDIS_SENTINELS: must be servers/],
  [{ REDIS_SENTINELS: 'a,,b' }, /REDIS_SENTINELS: must be servers/],
  [{ REDIS_TLS_CA_FILE: '/no/such/file' }, /REDIS_TLS_CA_FILE: names a file that cannot be read \(ENOENT\)/],
] as [NodeJS.ProcessEnv, RegExp][])('%j is refused', (environment, message) => {
  expect(() => read(environment)).toThrow(message);
});

test('TLS files are read at the start, and belong to a URL with TLS', async () => {
  const REDIS_TLS_CA_FILE = await pem();
  const REDIS_URL = 'rediss://h';
  expect(read({ REDIS_URL, REDIS_TLS_CA_FILE }).tls?.ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect(() => read({ REDIS_TLS_CA_FILE })).toThrow(/REDIS_TLS_CA_FILE: has no effect/);
  expect(() => read({ REDIS_URL, REDIS_TLS_KEY_FILE: REDIS_TLS_CA_FILE })).toThrow(/REDIS_TLS_CERT_FILE: is needed/);
  const noPem = await pem('swordfish');
  expect(() => read({ REDIS_URL, REDIS_TLS_CA_FILE: noPem })).toThrow(/is not in the PEM format/);
  expect(() => read({ REDIS_URL, REDIS_TLS_CA_FILE: noPem })).not.toThrow(/swordfish/);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisSettings, s3Settings } from '../settings/fragments.ts';
import { ConfigError, readSettings } from '../settings/read-settings.ts';
import { secretsIn, takeSecretFiles } from './secret-variables.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'm2fp-secrets-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string): Promise<string> {
  const path = join(folder, `${Math.random()}`);
  await writeFile(path, content);
  return path;
}

const fragments = { redis: redisSettings, s3: s3Settings({ timeoutMs: 5_000 }) };
const read = (environment: NodeJS.ProcessEnv) =>
  readSettings('worker', fragments, { S3_BUCKET: 'photos', ...environment });

function refusal(environment: NodeJS.ProcessEnv): string {
  try {
    read(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('It was accepted.');
}

describe('a secret in a file', () => {
  it('is what the file holds, without one newline at its end', async () => {
    const settings = read({
      REDIS_URL_FILE: await file('redis://:pass@host:1\n'),
      AWS_ACCESS_KEY_ID_FILE: await file('id'),
      AWS_SECRET_ACCESS_KEY_FILE: await file(' secret\r\n'),
      AWS_SESSION_TOKEN_FILE: await file('token\n\n'),
      // As a compose file sets what nobody gave.
      REDIS_URL: '',
    });
    expect(settings.redis.url).toBe('redis://:pass@host:1');
    const credentials = { accessKeyId: 'id', secretAccessKey: ' secret', sessionToken: 'token\n' };
    expect(settings.s3.storage.credentials).toEqual(credentials);
  });

  it('is read again, for S3, where whoever renews it writes it', async () => {
    const [id, secret, token] = [await file('id'), await file('secret'), await file('token')];
    const paths = { AWS_SECRET_ACCESS_KEY_FILE: secret, AWS_SESSION_TOKEN_FILE: token };
    const { readCredentials } = read({ AWS_ACCESS_KEY_ID_FILE: id, ...paths }).s3.storage;
    await writeFile(id, 'id 2\n');
    await writeFile(token, 'token 2');
    expect(readCredentials?.()).toEqual({ accessKeyId: 'id 2', secretAccessKey: 'secret', sessionToken: 'token 2' });
    await rm(secret);
    expect(readCredentials).toThrow('AWS_SECRET_ACCESS_KEY_FILE cannot be read');
    const half = read({ AWS_ACCESS_KEY_ID: 'id 3', ...paths, AWS_SECRET_ACCESS_KEY_FILE: await file('other') });
    expect(half.s3.storage.readCredentials?.()).toMatchObject({ accessKeyId: 'id 3', secretAccessKey: 'other' });
    expect(read({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'x' }).s3.storage.readCredentials).toBeUndefined();
  });

  it('is refused beside the variable itself, without a word of either', async () => {
    const message = refusal({
      REDIS_URL: 'redis://:open-sesame@a',
      REDIS_URL_FILE: await file('redis://:swordfish@b'),
    });
    expect(message).toMatch(/^ {2}REDIS_URL_FILE: .*REDIS_URL is set too$/m);
    expect(message).not.toMatch(/open-sesame|swordfish/);
  });

  it('has to be a file that can be read, holds something, and is no larger than secrets are', async () => {
    const message = refusal({
      REDIS_URL_FILE: join(folder, 'missing'),
      AWS_ACCESS_KEY_ID_FILE: folder,
      AWS_SECRET_ACCESS_KEY_FILE: await file('x'.repeat(70_000)),
      AWS_SESSION_TOKEN_FILE: await file('\n'),
    });
    expect(message).toMatch(/^ {2}REDIS_URL_FILE: names a file that cannot be read \(ENOENT\)$/m);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      expect(message).toMatch(new RegExp(`^ {2}${name}_FILE: \\S`, 'm'));
    }
    expect(message).not.toContain('xxx');
  });

  it('that has a wrong value is reported under its own name, without the value', async () => {
    const message = refusal({ REDIS_URL_FILE: await file('http://user:swordfish@host') });
    expect(message).toMatch(/^ {2}REDIS_URL: must be a URL/m);
    expect(message).not.toContain('swordfish');
  });
});

describe('secrets from files', () => {
  it('are put where libraries look for them', async () => {
    const environment = { OTEL_EXPORTER_OTLP_HEADERS_FILE: await file('key=1\n') };
    takeSecretFiles(environment);
    expect(environment).toEqual({ OTEL_EXPORTER_OTLP_HEADERS: 'key=1' });
  });

  it('stay where they are if any of them is at fault', async () => {
    const environment = { AWS_ACCESS_KEY_ID_FILE: await file('id'), REDIS_URL_FILE: join(folder, 'missing') };
    takeSecretFiles(environment);
    expect(environment).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });
});

describe('the secrets of an environment', () => {
  it.each([
    ...['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'],
    ...['OTEL_EXPORTER_OTLP_HEADERS', 'NPM_TOKEN', 'DB_PASSWORD', 'db_password', 'SOME_API_KEY', 'CLIENT_SECRET'],
  ])('include %s', (name) => expect(secretsIn({ [name]: 'x' })).toEqual([name]));

  it.each(['redis://:pass@h', 'rediss://user:pass@h:1/2', 'postgres://user@h', 'https://t0ken@h/p'])(
    'include a URL that says who asks: %s',
    (url) => expect(secretsIn({ REDIS_URL: url, ANY: url })).toEqual(['REDIS_URL', 'ANY']),
  );

  it.each([
    ...[
      ['PATH', '/bin'],
      ['REDIS_URL', 'redis://h:1'],
      ['S3_ENDPOINT', 'https://h/a@b'],
      ['S3_BUCKET', 'photos'],
    ],
    ...[
      ['AWS_WEB_IDENTITY_TOKEN_FILE', '/run/token'],
      ['SSH_AUTH_SOCK', '/tmp/s'],
      ['NPM_TOKEN', ''],
    ],
  ])('do not include %s=%s', (name = '', value) => expect(secretsIn({ [name]: value })).toEqual([]));
});

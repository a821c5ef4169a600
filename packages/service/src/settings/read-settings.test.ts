import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { imageSettings, logSettings, modelSettings, redisSettings, s3Settings, shutdownSettings } from './fragments.ts';
import { ConfigError, readSettings } from './read-settings.ts';
import { flag, url, wholeNumber } from './variables.ts';

const fragments = {
  redis: redisSettings,
  s3: s3Settings({ timeoutMs: 5_000 }),
  image: imageSettings,
  log: logSettings,
  shutdown: shutdownSettings({ timeoutMs: 10_000 }),
};
const needed = { S3_BUCKET: 'photos' };
const read = (environment: NodeJS.ProcessEnv) => readSettings('worker', fragments, environment);

function messageOf(environment: NodeJS.ProcessEnv): string {
  try {
    read(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('It was accepted.');
}

describe('settings', () => {
  it('have defaults, all but the bucket', () => {
    expect(read(needed)).toMatchObject({
      redis: { url: 'redis://127.0.0.1:6379', prefix: 'm2fp' },
      s3: { storage: { region: 'us-east-1', bucket: 'photos', forcePathStyle: false }, timeoutMs: 5_000 },
      image: { maxBytes: 26_214_400 },
    });
  });

  it('treat an empty variable as unset', () => {
    expect(read({ ...needed, REDIS_URL: '', S3_ENDPOINT: '', LOG_LEVEL: '', AWS_ACCESS_KEY_ID: '' })).toEqual(
      read(needed),
    );
  });

  it('cannot be changed, at any depth', () => {
    const settings = read(needed);
    for (const part of [settings, settings.redis, settings.s3.storage]) expect(Object.isFrozen(part)).toBe(true);
  });

  it('name every missing or wrong variable once, one per line, and show no value', () => {
    const message = messageOf({
      REDIS_URL: 'http://user:password@redis',
      MAX_IMAGE_BYTES: 'ten',
      LOG_LEVEL: 'loud',
      SHUTDOWN_TIMEOUT_MS: '-1',
    });
    const [first, ...lines] = message.split('\n');
    expect(first).toMatch(/^The worker cannot start/);
    expect(lines.map((line) => /^ {2}(\w+): \S/.exec(line)?.[1])).toEqual([
      'REDIS_URL',
      'S3_BUCKET',
      'MAX_IMAGE_BYTES',
      'LOG_LEVEL',
      'SHUTDOWN_TIMEOUT_MS',
    ]);
    expect(message).not.toContain('password');
  });

  it('refuse a variable’s old name, and give the new one', () => {
    expect(messageOf({ ...needed, STORAGE_TIMEOUT_MS: '1000' })).toMatch(/^ {2}STORAGE_TIMEOUT_MS: .*S3_TIMEOUT_MS/m);
  });
});

describe('the settings of S3', () => {
  it('need both halves of an access key', () => {
    expect(messageOf({ ...needed, AWS_ACCESS_KEY_ID: 'id' })).toMatch(/^ {2}AWS_SECRET_ACCESS_KEY: is needed/m);
    expect(messageOf({ ...needed, AWS_SECRET_ACCESS_KEY: 'key' })).toMatch(/^ {2}AWS_ACCESS_KEY_ID: is needed/m);
    const both = { ...needed, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(read(both).s3.storage.credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  it('put the bucket into the path for a self-hosted server, unless told otherwise', () => {
    const own = { ...needed, S3_ENDPOINT: 'http://127.0.0.1:9000' };
    expect(read(own).s3.storage).toMatchObject({ endpoint: own.S3_ENDPOINT, forcePathStyle: true });
    expect(read({ ...own, S3_FORCE_PATH_STYLE: 'false' }).s3.storage.forcePathStyle).toBe(false);
  });
});

describe('a value', () => {
  const values = z.object({ N: wholeNumber(1, 100).optional(), F: flag.optional(), U: url(['http']).optional() });

  it.each([
    ['N', '42', 42],
    ['N', '4.2e1', 42],
    ['N', '0x2a', 42],
    ['N', ' 42 ', 42],
    ['F', '1', true],
    ['F', 'false', false],
    ['U', 'http://host', 'http://host'],
  ])('%s=%j is read', (name, value, expected) => {
    expect(values.parse({ [name]: value })).toEqual({ [name]: expected });
  });

  it.each([
    ...['0', '101', '1.5', '1_0', 'Infinity', 'NaN', ' ', '2m'].map((value) => ['N', value]),
    ...['yes', 'TRUE', '2'].map((value) => ['F', value]),
    ...['https://host', 'host', 'http:'].map((value) => ['U', value]),
  ])('%s=%j is refused', (name = '', value) => {
    expect(values.safeParse({ [name]: value }).success).toBe(false);
  });

  it('of a model’s threads has no default here: it depends on the process', () => {
    expect(readSettings('worker', { model: modelSettings }, {}).model).toEqual({});
  });
});

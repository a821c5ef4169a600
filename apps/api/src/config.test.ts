import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const least = { S3_BUCKET: 'photos' };

describe('the environment', () => {
  test('only the bucket has no default', () => {
    const config = readConfig(least);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 5000,
      queue: { name: 'parse-portrait', prefix: 'm2fp' },
      storage: { bucket: 'photos', region: 'us-east-1', forcePathStyle: false, credentials: undefined },
      api: {
        inputPrefixes: ['inputs/', 'uploads/'],
        outputPrefixes: ['results/'],
        maxImageBytes: 26_214_400,
      },
    });
    expect(() => readConfig({})).toThrow(/S3_BUCKET/);
  });

  test('a variable that is set but empty counts as not set', () => {
    expect(readConfig({ ...least, PORT: '', S3_ENDPOINT: '', INPUT_PREFIXES: '' })).toEqual(readConfig(least));
  });

  test('every fault is named at once, each on its line', () => {
    const env = {
      S3_BUCKET: 'x',
      PORT: '70000',
      REDIS_URL: 'http://redis',
      INPUT_PREFIXES: 'inputs',
      LOG_LEVEL: 'loud',
    };
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(/^The configuration is not valid:\n( {2}\w+: .+\n?){5}$/);
  });

  test('half of a pair of credentials is refused', () => {
    expect(() => readConfig({ ...least, AWS_ACCESS_KEY_ID: 'id' })).toThrow(/AWS_SECRET_ACCESS_KEY/);
  });

  test('a custom endpoint is addressed path-style by default', () => {
    const env = { ...least, S3_ENDPOINT: 'http://127.0.0.1:9000' };
    expect(readConfig(env).storage.forcePathStyle).toBe(true);
    expect(readConfig({ ...env, S3_FORCE_PATH_STYLE: 'false' }).storage.forcePathStyle).toBe(false);
  });

  test('uploads are always valid inputs, and the default output prefix a valid output', () => {
    const { api } = readConfig({
      ...least,
      INPUT_PREFIXES: 'photos/',
      UPLOAD_PREFIX: 'incoming/',
      OUTPUT_PREFIX: 'parsed/',
      OUTPUT_PREFIXES: 'album/, archive/',
    });
    expect(api.inputPrefixes).toEqual(['photos/', 'incoming/']);
    expect(api.outputPrefixes).toEqual(['album/', 'archive/', 'parsed/']);
  });

  test('a star allows the whole bucket', () => {
    expect(readConfig({ ...least, INPUT_PREFIXES: '*' }).api.inputPrefixes).toContain('');
  });
});

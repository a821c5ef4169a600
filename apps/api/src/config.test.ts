import { ConfigError } from '@m2fp/service/settings';
import { describe, expect, test } from 'vitest';
import { apiSettings, readConfig } from './config.ts';

const least = { S3_BUCKET: 'photos' };

describe('the API’s settings', () => {
  test('have defaults, all but the bucket', () => {
    const config = readConfig(least);
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 5000 },
      queue: { model: 'portrait' },
      redis: { prefix: 'm2fp' },
      s3: { timeoutMs: 5_000 },
    });
    expect(apiSettings(config)).toMatchObject({
      inputPrefixes: ['inputs/', 'uploads/'],
      outputPrefixes: ['results/'],
      maxImageBytes: 26_214_400,
    });
    expect(() => readConfig({})).toThrow(/S3_BUCKET/);
  });

  test('treat an empty variable as unset', () => {
    expect(readConfig({ ...least, PORT: '', S3_ENDPOINT: '', INPUT_PREFIXES: '' })).toEqual(readConfig(least));
  });

  test('report every fault in one message, one per line', () => {
    const env = {
      S3_BUCKET: 'x',
      PORT: '70000',
      REDIS_URL: 'http://redis',
      INPUT_PREFIXES: 'inputs',
      LOG_LEVEL: 'loud',
    };
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(/^The API cannot start: .+\n( {2}\w+: .+\n?){5}$/);
  });

  test('make uploads valid inputs, and the default output prefix a valid output', () => {
    const settings = apiSettings(
      readConfig({
        ...least,
        INPUT_PREFIXES: 'photos/',
        UPLOAD_PREFIX: 'incoming/',
        OUTPUT_PREFIX: 'parsed/',
        OUTPUT_PREFIXES: 'album/, archive/',
      }),
    );
    expect(settings.inputPrefixes).toEqual(['photos/', 'incoming/']);
    expect(settings.outputPrefixes).toEqual(['album/', 'archive/', 'parsed/']);
  });

  test('allow the whole bucket with a star', () => {
    expect(readConfig({ ...least, INPUT_PREFIXES: '*' }).prefixes.inputPrefixes).toContain('');
  });
});

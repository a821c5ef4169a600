import { describe, expect, it } from 'vitest';
import { readConfig, threadsPerParser } from './config.ts';

const needed = { S3_BUCKET: 'photos' };

describe('the worker’s settings', () => {
  it('have defaults, all but the bucket', () => {
    expect(readConfig(needed)).toMatchObject({
      queue: { model: 'portrait' },
      redis: { url: 'redis://127.0.0.1:6379', prefix: 'm2fp' },
      jobs: { concurrency: 2, maxStalledCount: 3, timeoutMs: 120_000 },
      s3: { storage: { region: 'us-east-1', bucket: 'photos', forcePathStyle: false }, timeoutMs: 30_000 },
      parsers: { processes: 1, maxRssBytes: 4_096 * 2 ** 20 },
      probes: { host: '127.0.0.1', port: 0 },
    });
  });

  it('name every missing or wrong variable in one message', () => {
    const wrong = {
      REDIS_URL: 'http://example.org',
      CONCURRENCY: '0',
      JOB_TIMEOUT_MS: '2m',
      HEALTH_PORT: '70000',
      LOG_LEVEL: 'loud',
    };
    for (const name of [...Object.keys(wrong), 'S3_BUCKET']) {
      expect(() => readConfig(wrong)).toThrow(new RegExp(`^  ${name}: \\S`, 'm'));
    }
  });

  it('share the machine’s cores among the parser processes unless told how many threads each has', () => {
    expect(threadsPerParser(readConfig({ ...needed, PARSER_PROCESSES: '64' }))).toBe(1);
    expect(threadsPerParser(readConfig({ ...needed, THREADS: '3' }))).toBe(3);
  });

  it('keep credentials and addresses of services from the processes that decode photos', () => {
    const environment = {
      ...needed,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      PATH: '/usr/bin',
      MALLOC_ARENA_MAX: '4',
    };
    expect(readConfig(environment).parserEnvironment).toEqual({
      PATH: '/usr/bin',
      MALLOC_ARENA_MAX: '4',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      ORT_DISABLE_TELEMETRY: '1',
    });
    expect(readConfig(needed).parserEnvironment).toMatchObject({ MALLOC_ARENA_MAX: '2' });
  });
});

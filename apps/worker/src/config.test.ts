import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

const needed = { S3_BUCKET: 'photos' };

describe('the worker’s configuration', () => {
  it('needs a bucket, and has a default for everything else', () => {
    const config = parseConfig(needed);
    expect(config.model).toBe('portrait');
    expect(config.queue).toMatchObject({
      redisUrl: 'redis://127.0.0.1:6379',
      prefix: 'm2fp',
      concurrency: 2,
      maxStalledCount: 3,
    });
    expect(config.storage).toEqual({ region: 'us-east-1', bucket: 'photos', forcePathStyle: false });
    expect(config.parsers).toMatchObject({ processes: 1, maxWaiting: 2 });
    expect(config.health.host).toBe('127.0.0.1');
  });

  it('names every variable that is missing or wrong, in one message', () => {
    const wrong = {
      REDIS_URL: 'http://example.org',
      CONCURRENCY: '0',
      JOB_TIMEOUT_MS: '2m',
      HEALTH_PORT: '70000',
      LOG_LEVEL: 'loud',
      AWS_ACCESS_KEY_ID: 'id',
    };
    const message = messageOf(() => parseConfig(wrong));
    for (const name of ['REDIS_URL', 'S3_BUCKET', 'CONCURRENCY', 'JOB_TIMEOUT_MS', 'HEALTH_PORT', 'LOG_LEVEL']) {
      expect(message).toMatch(new RegExp(`^  ${name}: \\S`, 'm'));
    }
  });

  it('wants both halves of an access key', () => {
    const message = messageOf(() => parseConfig({ ...needed, AWS_ACCESS_KEY_ID: 'id' }));
    expect(message).toMatch(/^ {2}AWS_SECRET_ACCESS_KEY: is needed/m);
    const both = { ...needed, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(parseConfig(both).storage.credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  it('takes an empty variable for an absent one', () => {
    const config = parseConfig({ ...needed, MODEL: '', S3_ENDPOINT: '', CONCURRENCY: '' });
    expect(config.model).toBe('portrait');
    expect(config.queue.concurrency).toBe(2);
    expect(config.storage).not.toHaveProperty('endpoint');
  });

  it('puts the bucket into the path for a server of one’s own, unless told otherwise', () => {
    const own = { ...needed, S3_ENDPOINT: 'http://127.0.0.1:9000' };
    expect(parseConfig(own).storage).toMatchObject({ endpoint: own.S3_ENDPOINT, forcePathStyle: true });
    expect(parseConfig({ ...own, S3_FORCE_PATH_STYLE: 'false' }).storage.forcePathStyle).toBe(false);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(parseConfig(needed))).toBe(true);
  });

  it('shares the machine’s cores among the parser processes unless told how many threads each has', () => {
    expect(parseConfig({ ...needed, PARSER_PROCESSES: '64' }).parsers.model.threads).toBe(1);
    expect(parseConfig({ ...needed, THREADS: '3' }).parsers.model.threads).toBe(3);
  });

  it('keeps credentials and service addresses from the processes that decode photos', () => {
    const environment = {
      ...needed,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      PATH: '/usr/bin',
      MALLOC_ARENA_MAX: '4',
    };
    expect(parseConfig(environment).parsers.environment).toEqual({
      PATH: '/usr/bin',
      MALLOC_ARENA_MAX: '4',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      ORT_DISABLE_TELEMETRY: '1',
    });
    expect(parseConfig(needed).parsers.environment).toMatchObject({ MALLOC_ARENA_MAX: '2' });
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It was accepted.');
}

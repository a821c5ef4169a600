import { fileURLToPath } from 'node:url';
import { redisKeys } from '@m2fp/contract';
import { nodeFlags, startProcess, startRedis, startS3 } from '@m2fp/dev-services';
import { ApiKeys, defaultScopes, type KeyGrant, operatorOwner } from '@m2fp/queue/access';
import { Redis } from 'ioredis';

/** The API as users run it, with a Redis and an S3 of its own and keys of two owners. */
export interface ApiUnderTest {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly keys: Readonly<
    Record<'own' | 'operator' | 'limited' | 'stranger' | 'reader' | 'expired' | 'revoked', string>
  >;
  /** Undefined while it runs; then how it ended, with its last output. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL('../../../api/src/main.ts', import.meta.url));
const queuePrefix = 'fuzz';
const readyMs = 60_000;

/** Resolves when the API is ready. If it throws, nothing is left running. */
export async function startApiUnderTest(): Promise<ApiUnderTest> {
  const started = new AsyncDisposableStack();
  try {
    const redis = await startRedis({ isPrivate: true });
    started.defer(() => redis.stop());
    const s3 = await startS3();
    started.defer(() => s3.stop());
    const keys = await createKeys(redis.url);
    let announce: (port: number) => void = () => undefined;
    const listening = new Promise<number>((resolve) => (announce = resolve));
    const api = await startProcess(process.execPath, [...nodeFlags.api, main], {
      env: {
        ...{ PORT: '0', LOG_LEVEL: 'info', REDIS_URL: redis.url, QUEUE_PREFIX: queuePrefix, MALLOC_ARENA_MAX: '2' },
        ...{ S3_ENDPOINT: s3.endpoint, S3_REGION: s3.region, S3_BUCKET: s3.bucket },
        ...{ AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
        // No worker takes these jobs; nobody is to wait for one for long, or be refused because many wait.
        ...{ MAX_BACKLOG: '10000000', SYNC_START_TIMEOUT_MS: '300', SYNC_TIMEOUT_MS: '500' },
      },
      onLine: (line) => {
        if (line.includes('"msg":"listening"')) announce((JSON.parse(line) as { port: number }).port);
      },
    });
    started.defer(() => api.stop(2_000));
    let how: string | undefined;
    const exited = api.exited.then(({ code, signal }) => {
      how = `ended by ${signal ?? code}: ${api.recentOutput().slice(-2_000)}`;
      throw new Error(`The API ${how}`);
    });
    exited.catch(() => undefined);
    const port = await Promise.race([listening, exited]);
    const url = `http://127.0.0.1:${port}`;
    await Promise.race([waitUntilReady(url), exited]);
    return { url, port, pid: api.pid, keys, ended: () => how, stop: () => started.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function waitUntilReady(url: string): Promise<void> {
  const deadline = Date.now() + readyMs;
  while (!(await fetch(`${url}/readyz`)).ok) {
    if (Date.now() > deadline) throw new Error('The API was not ready in time.');
  }
}

async function createKeys(redisUrl: string): Promise<ApiUnderTest['keys']> {
  const redis = new Redis(redisUrl);
  try {
    const apiKeys = new ApiKeys(redis, redisKeys(queuePrefix));
    const create = (owner: string, changes: Partial<KeyGrant> = {}) =>
      apiKeys.create({
        ...{ name: owner, owner, scopes: [...defaultScopes], input_prefixes: null, output_prefixes: null },
        ...{ shares: { requests: 1_000_000, jobs: 1_000_000, batches: 10_000 }, expires_at: null },
        ...changes,
      });
    const revoked = await create('own');
    await apiKeys.revoke(revoked.record.id);
    return {
      own: (await create('own')).key,
      operator: (await create(operatorOwner, { scopes: ['admin'] })).key,
      limited: (await create('own', { shares: {} })).key,
      stranger: (await create('stranger')).key,
      reader: (await create('own', { scopes: ['jobs:read'] })).key,
      expired: (await create('own', { expires_at: '2020-01-01T00:00:00.000Z' })).key,
      revoked: revoked.key,
    };
  } finally {
    redis.disconnect();
  }
}

import { randomBytes } from 'node:crypto';
import { createClient, type M2fpClient } from '@m2fp/client';
import { createS3Storage } from '@m2fp/storage';
import { nodeFlags, startProcess, type ManagedProcess } from '@m2fp/dev-services';
import { inject, onTestFinished } from 'vitest';
import { systemEnvironment } from '../system-environment.ts';
import { until } from '../worker/until.ts';

const { signal } = new AbortController();

export interface ApiProcess extends ManagedProcess {
  readonly url: string;
  /** A client of this API without a key. */
  readonly client: M2fpClient;
  /** Its output so far. */
  output(): string;
  /** Keys in the bucket under this API's prefixes. */
  keys(): Promise<string[]>;
  putObject(key: string, bytes: Uint8Array): Promise<void>;
  getObject(key: string): Promise<Uint8Array>;
  /** Environment for a worker, or another API, that serves the same queue. */
  readonly env: NodeJS.ProcessEnv;
  readonly prefixes: { readonly input: string; readonly upload: string; readonly output: string };
}

/** The API as `npm start` runs it, in its own process. If it refuses its configuration, it exits. */
export function runApi(env: NodeJS.ProcessEnv, onLine: (line: string) => void): Promise<ManagedProcess> {
  return startProcess(process.execPath, [...nodeFlags.api, inject('programs').api], {
    env: { ...systemEnvironment(), MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', ...env },
    onLine,
  });
}

/** Starts the API on a free port, with its own queue and key prefixes, and waits until it listens. */
export async function startApi(changes: NodeJS.ProcessEnv = {}): Promise<ApiProcess> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
  const name = `test-${randomBytes(6).toString('hex')}`;
  const prefixes = { input: `${name}/inputs/`, upload: `${name}/uploads/`, output: `${name}/results/` };
  const lines: string[] = [];
  const env = {
    PORT: '0',
    LOG_LEVEL: 'debug',
    REDIS_URL: inject('redisUrl'),
    QUEUE_PREFIX: name,
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_BUCKET: bucket,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    INPUT_PREFIXES: prefixes.input,
    UPLOAD_PREFIX: prefixes.upload,
    OUTPUT_PREFIX: prefixes.output,
    ...changes,
  };
  const managed = await runApi(env, (line) => lines.push(line));
  onTestFinished(() => managed.stop());
  let ended = false;
  void managed.exited.then(() => (ended = true));
  let port: unknown;
  await until(() => ended || (port = listeningPort(lines)) !== undefined);
  if (ended) throw new Error(`The API did not start:\n${managed.recentOutput()}`);

  const url = `http://127.0.0.1:${String(port)}`;
  const credentials = { accessKeyId, secretAccessKey };
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  onTestFinished(() => storage.close());
  return {
    ...managed,
    env: { ...env, S3_FORCE_PATH_STYLE: 'true', HOST: '127.0.0.1' },
    url,
    client: createClient({ baseUrl: url }),
    prefixes,
    output: () => lines.join('\n'),
    keys: async () => (await storage.list(`${name}/`, { signal })).keys,
    putObject: (key, bytes) => storage.put(key, bytes, { contentType: 'image/jpeg', signal }),
    getObject: (key) => storage.get(key, { maxBytes: 1e9, signal }),
  };
}

function listeningPort(lines: readonly string[]): unknown {
  const line = lines.find((text) => text.includes('"msg":"listening"'));
  return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
}

/** It is ready once Redis and S3 respond. */
export async function waitUntilReady(api: ApiProcess): Promise<void> {
  await until(async () => (await fetch(`${api.url}/readyz`)).ok);
}

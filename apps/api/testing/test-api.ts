/** An API on fakes, for tests of its routes without a socket. */
import type { JobResult } from '@m2fp/contract';
import { createMemoryStorage } from '@m2fp/storage/testing';
import type { ObjectStorage } from '@m2fp/storage';
import { WatchedModels, type KnownModel } from '@m2fp/queue/models';
import type { Authenticator } from '../src/access/authenticator.ts';
import type { KeyChanges } from '../src/access/key-changes.ts';
import { Shares, totalLimits } from '../src/access/shares.ts';
import { readTraceparent } from '@m2fp/service/tracing';
import { createApp } from '../src/app.ts';
import type { BatchStore } from '../src/batches/batch-store.ts';
import type { ApiSettings } from '../src/deps.ts';
import { MemoryIdempotencyStore } from './memory-idempotency-store.ts';
import { MemoryJobQueue } from './memory-queue.ts';
import { withSums, type Backlogs } from '../src/models/backlogs.ts';
import { createLogger } from '@m2fp/service/logger';
import { createStorageMeter } from '@m2fp/service/metrics';
import { createApiMetrics } from '../src/routes/metrics.ts';
import type { WebhookStore } from '../src/webhooks/webhook-store.ts';
import { createOpenApiCheck } from './openapi-check.ts';
import type { OpenApiDocument } from './openapi-check.ts';
import { MemoryJobLimit, openAccess } from './open-access.ts';
import { batchesDown, webhooksDown } from './stores-down.ts';

export const testSettings: ApiSettings = {
  basePath: '',
  corsOrigins: [],
  allowedHosts: [],
  inputPrefixes: ['inputs/', 'uploads/'],
  uploadPrefix: 'uploads/',
  outputPrefix: 'results/',
  outputPrefixes: ['results/', 'albums/'],
  maxImageBytes: 20_000,
  maxBacklog: 3,
  jobRetentionS: 3600,
  maxSyncWaiters: 2,
  syncStartTimeoutMs: 20_000,
  syncTimeoutMs: 20_000,
  maxEventStreams: 2,
  maxOpenBatches: 3,
  webhookRules: { allowLoopback: false },
  inputUrls: { rules: { allowLoopback: false } },
  resultUrlExpiryS: 3600,
  uploadUrlExpiryS: 900,
  storageTimeoutMs: 200,
  uploadTimeoutMs: 1_000,
};

export interface TestApiOptions {
  readonly settings?: Partial<ApiSettings>;
  /** Methods that behave differently from the storage in memory. */
  readonly storage?: Partial<ObjectStorage>;
  /** Without them, the routes that need them answer as if Redis were down. */
  readonly batches?: BatchStore;
  readonly webhooks?: WebhookStore;
  readonly stopping?: AbortSignal;
  readonly authenticator?: Authenticator;
  readonly defaultModel?: string;
  /** Known besides the default one. */
  readonly models?: KnownModel[];
  /** Without it, nothing waits. */
  readonly backlogs?: Pick<Backlogs, 'read'>;
  /** Without it, keys stay valid. */
  readonly keyChanges?: KeyChanges;
}

const emptyBacklog = { waiting: 0, delayed: 0, active: 0, unqueued: 0, openBatches: 0, oldestAtMs: undefined };
const keysStay: KeyChanges = { watch: () => ({ signal: new AbortController().signal, end: () => undefined }) };
const info = { title: 'test', version: '1' };
const { signal } = new AbortController();
const page = new Map([['/', { body: new Uint8Array([60]), contentType: 'text/html; charset=utf-8' }]]);

export function createTestApi(options: TestApiOptions = {}) {
  const queue = new MemoryJobQueue();
  const memory = createMemoryStorage();
  const storage = Object.assign(Object.create(memory) as ObjectStorage, options.storage);
  const settings = { ...testSettings, ...options.settings };
  const shares = new Shares(totalLimits(settings));
  const idempotency = new MemoryIdempotencyStore();
  const read = async () => options.models ?? [];
  const models = new WatchedModels({ expect: async () => undefined, read }, [options.defaultModel ?? 'portrait']);
  const app = createApp({
    tracing: { span: (facts, work) => work(readTraceparent(facts.parent)), stop: async () => undefined },
    authenticator: options.authenticator ?? openAccess(settings),
    metrics: createApiMetrics({
      ...{ queues: async () => [], backlogs: { all: async () => [] }, redisInfo: async () => '' },
      ...{ whatIsMissing: async () => ({ missing: [] }), storage: createStorageMeter() },
    }),
    adminQueues: () => [],
    models,
    backlogs: options.backlogs ?? { read: async (model) => withSums(model, emptyBacklog, 0) },
    queue,
    redis: queue,
    shares,
    keyChanges: options.keyChanges ?? keysStay,
    jobLimit: new MemoryJobLimit(),
    changes: queue,
    idempotency,
    batches: options.batches ?? batchesDown,
    webhooks: options.webhooks ?? webhooksDown,
    storage,
    log: createLogger('silent', {}),
    settings,
    stats: () => ({ uptimeS: 1, rssBytes: 1_000_000, eventLoopDelayMs: { max: 2, p99: 1 } }),
    page,
    stopping: options.stopping ?? signal,
  });

  const check = createOpenApiCheck(app.getOpenAPI31Document({ openapi: '3.1.0', info }) as unknown as OpenApiDocument);

  /** Every answer is checked against the OpenAPI document. */
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await app.request(path, init);
    await check(init.method ?? 'GET', path, response);
    return response;
  }

  return {
    app,
    queue,
    idempotency,
    settings,
    shares,
    storage: memory,
    request,
    postJson: (path: string, body: unknown, headers: Record<string, string> = {}) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
      return request(path, { ...init, body: typeof body === 'string' ? body : JSON.stringify(body) });
    },
    postForm: async (path: string, form: FormData) => request(path, { method: 'POST', ...(await encodeForm(form)) }),
    putObject: (key: string, bytes: Uint8Array = photo()) => {
      return memory.put(key, bytes, { contentType: 'image/jpeg', signal });
    },
    /** Keys of all objects. */
    keys: async () => (await memory.list('', { signal })).keys,
  };
}

/** Bytes that begin like a JPEG. The API checks no more. */
export function photo(bytes = 100): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(bytes).fill(7);
  content.set([0xff, 0xd8, 0xff, 0xe0]);
  return content;
}

export function photoForm(
  fields: Record<string, unknown> = {},
  content: string | Uint8Array<ArrayBuffer> = photo(),
): FormData {
  const form = new FormData();
  form.set('image', new Blob([content]), 'photo.jpg');
  for (const [name, value] of Object.entries(fields)) form.set(name, JSON.stringify(value));
  return form;
}

/** As bytes: a FormData that is not read to its end makes fetch's own stream throw. */
export async function encodeForm(form: FormData): Promise<{ body: ArrayBuffer; headers: Record<string, string> }> {
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  return { body: await encoded.arrayBuffer(), headers: { 'content-type': type } };
}

/** What a worker would return. */
export function jobResult(prefix: string): JobResult {
  const file = (output: 'masks' | 'colormap', name: string, contentType: string) => {
    return { output, key: `${prefix}${name}`, content_type: contentType, bytes: 10 };
  };
  return {
    v: 1,
    model: { name: 'portrait', kind: 'portrait', version: '1', synthetic: false },
    image: { width: 640, height: 480 },
    scale: 1,
    people: 2,
    labels: [{ id: 1, name: 'skin', pixels: 1200 }],
    files: [file('masks', 'masks.json', 'application/json'), file('colormap', 'colormap.png', 'image/png')],
    timings: { decode: 3, network: 40.5 },
  };
}

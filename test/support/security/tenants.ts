import { randomBytes } from 'node:crypto';
import { redisKeys } from '@m2fp/contract';
import { ApiKeys, defaultScopes, type KeyGrant } from '@m2fp/queue/access';
import { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { startApi, waitUntilReady, type ApiProcess } from '../api/api-process.ts';
import { scriptedPhoto } from '../api/scripted-photo.ts';

/** An owner with a key, as an HTTP client. */
export interface Tenant {
  readonly owner: string;
  readonly key: string;
  /** A body that is not bytes is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Puts a photo for the scripted parser into the bucket through the API; resolves to its key. */
  upload(script: string): Promise<string>;
  /** Queues such a photo; resolves to the job. */
  queue(script: string, fields?: object): Promise<{ id: string; output: { prefix: string } }>;
  /** The job as the owner sees it. */
  job(id: string): Promise<Record<string, unknown> & { status: string }>;
}

export interface Tenants {
  readonly api: ApiProcess;
  readonly apiKeys: ApiKeys;
  /** A new key; of an owner of this name, by default with all that a key has by default. */
  readonly add: (owner: string, changes?: Partial<KeyGrant>) => Promise<Tenant>;
}

/** An API with a queue of its own that is used with keys. */
export async function startTenants(changes: NodeJS.ProcessEnv = {}): Promise<Tenants> {
  const prefix = `security-${randomBytes(6).toString('hex')}`;
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  const apiKeys = new ApiKeys(redis, redisKeys(prefix));
  const api = await startApi({ QUEUE_PREFIX: prefix, WEBHOOK_ALLOW_LOOPBACK: '1', ...changes });
  await waitUntilReady(api);
  return {
    api,
    apiKeys,
    async add(owner, grant = {}) {
      const { key } = await apiKeys.create({
        ...{ name: owner, owner, scopes: [...defaultScopes], input_prefixes: null, output_prefixes: null },
        ...{ shares: {}, expires_at: null },
        ...grant,
      });
      return createTenant(api.url, owner, key);
    },
  };
}

function createTenant(url: string, owner: string, key: string): Tenant {
  const call: Tenant['call'] = (method, path, body, headers = {}) => {
    const isBytes = body instanceof Uint8Array;
    const type: Record<string, string> = body === undefined || isBytes ? {} : { 'content-type': 'application/json' };
    return fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...type, ...headers },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
  };
  const expectJson = async (response: Response): Promise<Record<string, unknown>> => {
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const tenant: Tenant = {
    owner,
    key,
    call,
    async upload(script) {
      const photo = scriptedPhoto(script);
      const asked = { content_type: 'image/jpeg', bytes: photo.byteLength };
      const upload = await expectJson(await call('POST', '/v1/uploads', asked));
      const headers = upload['headers'] as Record<string, string>;
      const put = await fetch(String(upload['url']), { method: 'PUT', headers, body: photo });
      if (!put.ok) throw new Error(`PUT: ${put.status} ${await put.text()}`);
      return String(upload['key']);
    },
    async queue(script, fields = {}) {
      const input = { key: await tenant.upload(script) };
      const created = await expectJson(await call('POST', '/v1/jobs', { input, ...fields }));
      return created as { id: string; output: { prefix: string } };
    },
    job: async (id) =>
      (await expectJson(await call('GET', `/v1/jobs/${id}`))) as Record<string, unknown> & { status: string },
  };
  return tenant;
}

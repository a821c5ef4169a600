/** Where the SDK finds credentials by itself: what Kubernetes, ECS and EC2 give a process, without any setting. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startScriptedS3, type ScriptedS3 } from '../testing/index.ts';
import { createS3Storage } from './s3-storage.ts';
import type { ObjectStorage } from './storage.ts';

const { signal } = new AbortController();
const session = { accessKeyId: 'session-key', secretAccessKey: 'secret', sessionToken: 'token' };
const expiration = (): string => new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');

let s3: ScriptedS3;
let folder: string;
let storage: ObjectStorage | undefined;
const ends: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'm2fp-credentials-'));
  s3 = await startScriptedS3({ keys: [session] });
  // Nothing of this machine's own.
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, join(folder, 'none'));
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  storage?.close();
  for (const end of ends.splice(0)) end();
  await s3.stop();
  await rm(folder, { recursive: true });
});

/** Something on loopback that hands out credentials; returns its address and what it was asked. */
async function handOut(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function open(): ObjectStorage {
  storage = createS3Storage({ endpoint: s3.endpoint, region: 'us-east-1', bucket: s3.bucket, forcePathStyle: true });
  return storage;
}

const json = (): string =>
  JSON.stringify({
    ...{ Code: 'Success', AccessKeyId: session.accessKeyId, SecretAccessKey: session.secretAccessKey },
    ...{ Token: session.sessionToken, Expiration: expiration() },
  });

describe('credentials', () => {
  it('come from a service account’s token (IRSA), once for all clients', async () => {
    const { url, asked } = await handOut((_request, response) => {
      const { accessKeyId, secretAccessKey, sessionToken } = session;
      const credentials = [
        `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>`,
        `<SessionToken>${sessionToken}</SessionToken><Expiration>${expiration()}</Expiration>`,
      ];
      const operation = 'AssumeRoleWithWebIdentity';
      const result = `<${operation}Result><Credentials>${credentials.join('')}</Credentials></${operation}Result>`;
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<${operation}Response>${result}</${operation}Response>`);
    });
    await writeFile(join(folder, 'token'), 'a.b.c');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::111122223333:role/m2fp');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
    const opened = open();
    await opened.ping({ signal });
    await opened.put('a.jpg', Buffer.from('x'), { contentType: 'image/jpeg', signal });
    expect(await opened.head('a.jpg', { signal })).toMatchObject({ bytes: 1 });
    expect(asked).toHaveLength(1);
  });

  it('come from the container’s role (ECS, EKS), and are asked for again once S3 refuses them', async () => {
    const { url, asked } = await handOut((_request, response) => response.end(json()));
    await writeFile(join(folder, 'token'), 'allowed');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', join(folder, 'token'));
    const opened = open();
    await opened.ping({ signal });
    expect(asked).toEqual(['/v1/credentials']);
    s3.script('ExpiredToken');
    await expect(opened.ping({ signal })).rejects.toMatchObject({ reason: 'expired_credentials' });
    expect(asked).toHaveLength(2);
    await opened.ping({ signal });
  });

  it('come from the machine’s role (EC2)', async () => {
    const { url } = await handOut(({ url: path, method }, response) => {
      if (method === 'PUT') response.end('session');
      else response.end(path?.endsWith('/m2fp') === true ? json() : 'm2fp');
    });
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', url);
    await open().ping({ signal });
  });

  it('that are nowhere are the reason why storage cannot be used', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await expect(open().ping({ signal })).rejects.toMatchObject({
      ...{ code: 'storage_unavailable', reason: 'no_credentials', retryable: true },
    });
  });
});

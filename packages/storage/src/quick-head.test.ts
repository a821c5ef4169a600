import { S3Client } from '@aws-sdk/client-s3';
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { QuickHeads } from './quick-head.ts';

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' };
const { signal } = new AbortController();

async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}/base`,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials,
  });
  onTestFinished(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { requests, heads: new QuickHeads(client, 'photos', () => 'eu-west-1') };
}

/** The `authorization` that AWS's specification of Signature Version 4 requires. */
function expectedAuthorization({ method, url, headers }: IncomingMessage): string {
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const { authorization = '' } = headers;
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '';
  const lines = names.split(';').map((name) => `${name}:${headers[name]?.toString() ?? ''}\n`);
  const payload = headers['x-amz-content-sha256']?.toString() ?? '';
  const canonical = [method, url, '', lines.join(''), names, payload].join('\n');
  const time = headers['x-amz-date']?.toString() ?? '';
  const scope = `${time.slice(0, 8)}/eu-west-1/s3/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=key/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

test('asks where the SDK would, signed as S3 requires', async () => {
  const { requests, heads } = await startServer((_request, response) => {
    response.writeHead(200, { 'content-length': 1234 }).end();
  });
  expect(await heads.ask("in/ü (1)'s +.jpg", signal)).toEqual({ bytes: 1234 });
  const [request] = requests;
  expect(request).toMatchObject({ method: 'HEAD', url: '/base/photos/in/%C3%BC%20%281%29%27s%20%2B.jpg' });
  expect(request?.headers['x-amz-security-token']).toBe('token');
  expect(request?.headers.authorization).toBe(request && expectedAuthorization(request));
  expect(request?.headers.authorization).toMatch(/SignedHeaders=[^,]*host/);
});

test.each([301, 403, 404, 429, 500, 503])('leaves a %i to the SDK', async (status) => {
  const { heads } = await startServer((_request, response) => response.writeHead(status).end());
  expect(await heads.ask('a.jpg', signal)).toBeUndefined();
});

test('leaves a broken connection to the SDK', async () => {
  const { heads } = await startServer((request) => request.socket.destroy());
  expect(await heads.ask('a.jpg', signal)).toBeUndefined();
});

import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { acceptAnswers, QuickRequests, sendRest } from './quick-requests.ts';

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
  acceptAnswers(client);
  return { client, requests, quick: new QuickRequests(client, 'photos', () => 'eu-west-1') };
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
  const { requests, quick } = await startServer((_request, response) => {
    response.writeHead(200, { 'content-length': 1234 }).end();
  });
  expect(await quick.head("in/ü (1)'s +.jpg", signal)).toMatchObject({ bytes: 1234 });
  const [request] = requests;
  expect(request).toMatchObject({ method: 'HEAD', url: '/base/photos/in/%C3%BC%20%281%29%27s%20%2B.jpg' });
  expect(request?.headers['x-amz-security-token']).toBe('token');
  expect(request?.headers.authorization).toBe(request && expectedAuthorization(request));
  expect(request?.headers.authorization).toMatch(/SignedHeaders=[^,]*host/);
});

test('reads and stores what the SDK would, signed as S3 requires', async () => {
  const { requests, quick } = await startServer((request, response) => {
    request.resume();
    response.end(request.method === 'GET' ? 'photo' : '');
  });
  const got = await quick.get('a.jpg', signal);
  expect('body' in got && Buffer.concat(await got.body.toArray()).toString()).toBe('photo');
  const headers = { 'content-type': 'image/png', 'x-amz-server-side-encryption': 'AES256' };
  expect(await quick.put('a.png', Buffer.from('mask'), { headers, signal })).toBeUndefined();
  for (const request of requests) expect(request.headers.authorization).toBe(expectedAuthorization(request));
  const hash = createHash('sha256').update('mask').digest('hex');
  expect(requests[1]?.headers).toMatchObject({ ...headers, 'content-length': '4', 'x-amz-content-sha256': hash });
  expect(requests[1]?.headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-server-side-encryption/);
});

test('the SDK takes an answer as the one to its own first attempt', async () => {
  let answered = 0;
  const { client, quick } = await startServer((_request, response) => {
    answered += 1;
    if (answered === 1) response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
    else response.end('photo');
  });
  const outcome = await quick.get('a.jpg', signal);
  if (!('options' in outcome)) throw new Error('This was not a success.');
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a.jpg' }), outcome.options);
  expect(await Body?.transformToString()).toBe('photo');
  expect(answered).toBe(2);
});

test.each([301, 403, 404, 429, 500, 503])('leaves a %i to the SDK', async (status) => {
  const { quick } = await startServer((_request, response) => response.writeHead(status).end());
  expect(await quick.head('a.jpg', signal)).toHaveProperty('options.answered');
});

test('leaves a broken connection to the SDK', async () => {
  const { quick } = await startServer((request) => request.socket.destroy());
  const outcome = await quick.head('a.jpg', signal);
  await expect('options' in outcome && outcome.options.answered?.answer).rejects.toThrow();
});

describe('an answer that the SDK does not take is let go', () => {
  async function startUnread() {
    const closed = vi.fn();
    let answered = 0;
    const started = await startServer((request, response) => {
      answered += 1;
      if (answered > 1) return void response.end('photo');
      request.socket.once('close', closed);
      // More than fits between the two: its connection stays busy for as long as nobody reads it.
      response.writeHead(503).end(Buffer.alloc(20_000_000));
    });
    const outcome = await started.quick.get('a.jpg', signal);
    if (!('options' in outcome)) throw new Error('This was not a success.');
    return { ...started, closed, options: outcome.options };
  }
  const command = new GetObjectCommand({ Bucket: 'photos', Key: 'a.jpg' });

  test('if it would sign otherwise by now', async () => {
    const { client, closed, options } = await startUnread();
    client.config.credentials = async () => ({ accessKeyId: 'another', secretAccessKey: 'secret' });
    const { Body } = await sendRest(options, (given) => client.send(command, given));
    expect(await Body?.transformToString()).toBe('photo');
    await expect.poll(() => closed).toHaveBeenCalled();
  });

  test('if it fails before it sends anything', async () => {
    const { client, requests, closed, options } = await startUnread();
    client.config.credentials = async () => Promise.reject(new Error('no credentials'));
    await expect(sendRest(options, (given) => client.send(command, given))).rejects.toThrow('no credentials');
    await expect.poll(() => closed).toHaveBeenCalled();
    expect(requests).toHaveLength(1);
  });
});

import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createFront } from './front.ts';

async function serve(listener: RequestListener): Promise<number> {
  return listen(createServer(listener));
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const echo =
  (name: string): RequestListener =>
  async (incoming, response) => {
    const { method, url, headers } = incoming;
    response.writeHead(201, [
      ['x-from', name],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    response.end(
      JSON.stringify({ name, method, url, host: headers.host, via: headers.via, body: await text(incoming) }),
    );
  };

async function start(api: RequestListener = echo('api')): Promise<number> {
  const ports = { apiPort: await serve(api), s3Port: await serve(echo('s3')) };
  return listen(createFront({ ...ports, bucket: 'm2fp' }));
}

async function send(port: number, path: string, options: { headers?: object; body?: string } = {}) {
  const { headers = {}, body } = options;
  const method = body === undefined ? 'GET' : 'PUT';
  const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...headers } });
  // That the connection is closed in the middle of what is being sent is no failure if there was an answer.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

test('what is in the bucket comes from S3, all else from the API, under the name that the client used', async () => {
  const port = await start();
  const headers = { host: 'localhost:5000' };
  const upload = await send(port, '/m2fp/uploads/a%20b.jpg?X-Amz-Signature=1', { headers, body: 'photo' });
  expect(JSON.parse(upload.text)).toEqual({
    ...{ name: 's3', method: 'PUT', url: '/m2fp/uploads/a%20b.jpg?X-Amz-Signature=1' },
    ...{ host: 'localhost:5000', body: 'photo' },
  });
  expect(upload).toMatchObject({ status: 201, headers: { 'x-from': 's3', 'set-cookie': ['a=1', 'b=2'] } });
  for (const path of ['/', '/m2fp', '/v1/jobs?limit=1', '/parse/m2fp/']) {
    expect(JSON.parse((await send(port, path)).text)).toMatchObject({ name: 'api', method: 'GET', url: path });
  }
});

test('an answer gets through that comes before the whole request was read', async () => {
  const port = await start((incoming, response) => {
    response.writeHead(413).end('too large');
    incoming.resume();
  });
  const answer = await send(port, '/parse', { body: 'x'.repeat(5_000_000) });
  expect(answer).toMatchObject({ status: 413, text: 'too large' });
});

test('a stream of events begins with its headers', async () => {
  const port = await start((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  });
  const sent = request({ host: '127.0.0.1', port, path: '/v1/jobs/1/events' }).end();
  sent.on('error', () => undefined);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(answer.headers['content-type']).toBe('text/event-stream');
  sent.destroy();
});

test('a client that leaves ends its request at the API', async () => {
  const left = Promise.withResolvers<void>();
  const port = await start((_, response) => {
    response.once('close', left.resolve);
    response.writeHead(200);
    response.write('first');
  });
  const sent = request({ host: '127.0.0.1', port }).end();
  sent.on('error', () => undefined);
  await once(sent, 'response');
  sent.destroy();
  await left.promise;
});

test('while a part is down, the answer says so and when to come again; one that breaks off breaks off', async () => {
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  const unused = createServer();
  const nobody = await listen(unused);
  unused.close();
  const port = await listen(createFront({ apiPort: nobody, s3Port: broken, bucket: 'm2fp' }));
  const answer = await send(port, '/readyz');
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'queue_unavailable', status: 503 });
  await expect(send(port, '/m2fp/results/1/masks.json')).rejects.toThrow();
});

test('a proxy of old that marks nothing is marked, so that the API knows it for one', async () => {
  const port = await start();
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
  expect(await text(socket)).toContain('"via":"1.0 front"');
});

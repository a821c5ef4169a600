import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { HttpServer } from './server.ts';

/** Longer than a test may take: what stops sooner did not wait for it. */
const graceMs = 600_000;

async function startServer(fetch: () => Promise<Response>) {
  const server = new HttpServer(fetch, { requestTimeoutMs: graceMs });
  const { port } = await server.listen(0, '127.0.0.1');
  return { server, port };
}

test('a connection over which nothing was sent does not hold up the stop', async () => {
  const { server, port } = await startServer(async () => new Response('hello'));
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  // Connections are accepted in order: once this one is answered, the server knows about the previous one.
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
  await server.stop(graceMs);
  await closed;
});

test('a running request is answered before the server stops, and its connection does not delay that', async () => {
  let answer: (response: Response) => void = () => undefined;
  const fetched = vi.fn(() => new Promise<Response>((resolve) => (answer = resolve)));
  const { server, port } = await startServer(fetched);
  const response = fetch(`http://127.0.0.1:${port}/`);
  await vi.waitUntil(() => fetched.mock.calls.length === 1, { timeout: 60_000 });
  const stopped = server.stop(graceMs);
  answer(new Response('in time'));
  expect(await (await response).text()).toBe('in time');
  await stopped;
});

test.each([
  [6, true],
  [1_000, false],
])('of %i requests sent ahead over one connection, few are begun', async (count, areAnswered) => {
  const fetched = vi.fn(async () => new Response('hello', { headers: { 'content-length': '5' } }));
  const { server, port } = await startServer(fetched);
  onTestFinished(() => server.stop(0));
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(count));
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
    if (text.split('hello').length - 1 === count) socket.end();
  });
  await closed;
  expect(text.split('hello').length - 1 === count).toBe(areAnswered);
  expect(fetched.mock.calls.length).toBeLessThanOrEqual(8);
});

test.each([
  ['tiny chunks is cut off', 1, 20_000, false],
  ['a few tiny chunks is read', 1, 1_000, true],
  ['many small chunks is read', 100, 20_000, true],
  ['many ordinary chunks is read', 10_000, 300, true],
])('a body of %s', async (_what, bytes, count, isRead) => {
  const received: (number | Error)[] = [];
  const server = new HttpServer(
    async (request) => {
      await request.arrayBuffer().then(
        (body) => received.push(Buffer.from(body).filter((byte) => byte === 0x78).byteLength),
        (error: unknown) => received.push(error as Error),
      );
      return new Response('read');
    },
    { requestTimeoutMs: graceMs },
  );
  const { port } = await server.listen(0, '127.0.0.1');
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
  socket.write(`${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`.repeat(count));
  socket.write('0\r\n\r\n');
  socket.resume();
  await closed;
  await expect.poll(() => received).toEqual([isRead ? bytes * count : expect.any(Error)]);
  await server.stop(graceMs);
});

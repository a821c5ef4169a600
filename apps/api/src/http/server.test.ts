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

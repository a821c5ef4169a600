import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startTcpLink } from './tcp-link.ts';

/** A server that sends back what it gets, behind a link. */
async function setUp() {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const link = await startTcpLink((server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await link.close();
    server.close();
  });
  return link;
}

function call(port: number): { socket: Socket; got: () => string; ended: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<string>((resolve) => {
    socket.on('error', ({ message }) => resolve(message));
    socket.on('close', () => resolve('closed'));
  });
  onTestFinished(() => void socket.destroy());
  return { socket, got: () => text, ended };
}

test('passes bytes on until it is cut, then resets connections, and then works again', async () => {
  const link = await setUp();
  const first = call(link.port);
  first.socket.write('one');
  await expect.poll(first.got).toBe('one');
  link.disconnect();
  expect(await first.ended).toContain('ECONNRESET');
  expect(await call(link.port).ended).toContain('ECONNRESET');
  link.connectTo();
  const second = call(link.port);
  second.socket.write('two');
  await expect.poll(second.got).toBe('two');
});

test('while it is silent nothing arrives and nothing is closed; what was sent arrives later', async () => {
  const link = await setUp();
  const before = call(link.port);
  before.socket.write('one');
  await expect.poll(before.got).toBe('one');
  link.silence();
  const meanwhile = call(link.port);
  await once(meanwhile.socket, 'connect');
  before.socket.write(' two');
  meanwhile.socket.write('three');
  // Another connection of the same process has had time for both ways.
  const other = await setUp();
  const control = call(other.port);
  control.socket.write('control');
  await expect.poll(control.got).toBe('control');
  expect([before.got(), meanwhile.got()]).toEqual(['one', '']);
  link.connectTo();
  await expect.poll(before.got).toBe('one two');
  await expect.poll(meanwhile.got).toBe('three');
});

test('what ends while it is silent is noticed afterward', async () => {
  const link = await setUp();
  const { socket, got, ended } = call(link.port);
  socket.write('one');
  await expect.poll(got).toBe('one');
  link.silence();
  socket.destroy();
  await ended;
  link.connectTo();
  const next = call(link.port);
  next.socket.write('two');
  await expect.poll(next.got).toBe('two');
});

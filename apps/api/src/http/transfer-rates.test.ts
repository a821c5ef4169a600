/** Time is told to the rates, so nothing here depends on how fast this machine is. */
import { bounds } from '@m2fp/contract';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TransferRates } from './transfer-rates.ts';

const windowMs = bounds.rateGrace.max * 1_000;
const enoughBytes = (bounds.leastRate.max * windowMs) / 1_000 + 1_000;
const mebibyte = 2 ** 20;

async function startServer(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const rates = new TransferRates();
  const { promise: begun, resolve } = Promise.withResolvers<IncomingMessage>();
  const server = createServer((request, response) => {
    rates.begin(request, response);
    handle(request, response);
    resolve(request);
  });
  server.on('connection', (socket) => rates.watch(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  return { rates, begun, open };
}

const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n';

describe('a body', () => {
  test('that comes too slowly is cut off, after a while', async () => {
    const { rates, begun, open } = await startServer((request) => request.resume());
    const client = await open(post);
    const { socket } = await begun;
    rates.check(1);
    client.write('slow');
    rates.check(windowMs);
    expect(socket.destroyed).toBe(false);
    rates.check(windowMs + 1);
    expect(socket.destroyed).toBe(true);
  });

  test('that begins fast is cut off all the same', async () => {
    let received = 0;
    const { rates, begun, open } = await startServer((request) => {
      request.on('data', (chunk: Buffer) => (received += chunk.byteLength));
    });
    const client = await open(post);
    const { socket } = await begun;
    rates.check(1);
    client.write(Buffer.alloc(500_000));
    await expect.poll(() => received).toBe(500_000);
    rates.check(windowMs + 1);
    expect(socket.destroyed).toBe(false);
    rates.check(2 * windowMs + 1);
    expect(socket.destroyed).toBe(true);
  });

  test('that keeps to the least rate is not', async () => {
    let received = 0;
    const { rates, begun, open } = await startServer((request) => {
      request.on('data', (chunk: Buffer) => (received += chunk.byteLength));
    });
    const client = await open(post);
    const { socket } = await begun;
    for (let round = 1; round < 6; round++) {
      rates.check(round * windowMs);
      client.write(Buffer.alloc(enoughBytes));
      await expect.poll(() => received).toBe(round * enoughBytes);
    }
    expect(socket.destroyed).toBe(false);
  });

  test('that nobody reads is not its client’s fault', async () => {
    const { rates, begun, open } = await startServer((request) => request.pause());
    await open(post);
    const { socket } = await begun;
    for (let round = 0; round < 4; round++) rates.check(round * windowMs + round);
    expect(socket.destroyed).toBe(false);
  });

  test('that has arrived leaves its client time to wait for the answer', async () => {
    const { rates, begun, open } = await startServer((request) => request.resume());
    await open('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    const request = await begun;
    await expect.poll(() => request.complete).toBe(true);
    for (let round = 0; round < 4; round++) rates.check(round * windowMs + round);
    expect(request.socket.destroyed).toBe(false);
  });
});

/** Reads `bytes` and then no more. */
async function read(client: Socket, bytes: number): Promise<void> {
  const until = client.bytesRead + bytes;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const onData = (): void => {
    if (client.bytesRead < until) return;
    client.pause();
    client.off('data', onData);
    resolve(undefined);
  };
  client.on('data', onData);
  client.resume();
  await promise;
}

describe('an answer', () => {
  test('is cut off once its client stops reading, and not while it reads, even if it is one write', async () => {
    const { rates, begun, open } = await startServer((_request, response) => {
      response.end(Buffer.alloc(60 * mebibyte));
    });
    const client = await open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    client.pause();
    const { socket } = await begun;
    rates.check(1);
    let now = 1;
    for (let round = 0; round < 3; round++) {
      await read(client, 12 * mebibyte);
      now += windowMs;
      rates.check(now);
      expect(socket.destroyed).toBe(false);
    }
    // The system may take some more before it is full.
    await expect
      .poll(() => {
        now += windowMs;
        rates.check(now);
        return socket.destroyed;
      })
      .toBe(true);
  });

  test('that waits behind another one of its connection counts, too', async () => {
    let begun = 0;
    const { rates, open } = await startServer((_request, response) => {
      begun += 1;
      // The first is never finished, so that the others stay with their responses.
      if (begun === 1) response.write('first');
      else response.end(Buffer.alloc(bounds.unsentAnswers.max / 2));
    });
    await open('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
    await expect.poll(() => begun).toBe(4);
    const [socket] = rates.sockets();
    expect(socket?.writableLength).toBeLessThan(mebibyte);
    rates.check(1);
    expect(socket?.destroyed).toBe(true);
  });

  test('that is not read is cut off when all of them are too much, those that are read least first', async () => {
    const { rates, open } = await startServer((_request, response) => response.end(Buffer.alloc(24 * mebibyte)));
    const clients = await Promise.all(Array.from({ length: 6 }, () => open('GET / HTTP/1.1\r\nHost: a\r\n\r\n')));
    const unsent = () => [...rates.sockets()].reduce((sum, socket) => sum + socket.writableLength, 0);
    for (const client of clients) client.pause();
    const [reader] = clients;
    if (reader !== undefined) await read(reader, 16 * mebibyte);
    await expect.poll(unsent).toBeGreaterThan(bounds.unsentAnswers.max);
    rates.check(1);
    await expect.poll(unsent).toBeLessThanOrEqual(bounds.unsentAnswers.max);
    if (reader !== undefined) await read(reader, 7 * mebibyte);
    expect(reader?.bytesRead).toBeGreaterThan(23 * mebibyte);
  });

  test('that is being made leaves its client time', async () => {
    const { rates, begun, open } = await startServer((_request, response) => response.flushHeaders());
    await open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const { socket } = await begun;
    await expect.poll(() => socket.writableLength).toBe(0);
    for (let round = 0; round < 4; round++) rates.check(round * windowMs + round);
    expect(socket.destroyed).toBe(false);
  });
});

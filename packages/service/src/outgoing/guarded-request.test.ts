import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createResolve, guardedRequest, type GuardSettings, type Resolve } from './guarded-request.ts';

const address = [93, 184, 216, 34];

/**
 * A name server on loopback that has one address for each name, and never answers about names with `silent`,
 * nor about IPv6 addresses of names with `slow`, which have no others.
 */
async function startNameServer(): Promise<{ server: string; asked: () => number }> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (query, { port, address: client }) => {
    asked += 1;
    if (query.includes('silent')) return;
    // Name, type and class end before additional records, of which `query` may have some.
    const end = query.indexOf(0, 12) + 5;
    const isIpv4 = query.readUInt16BE(end - 4) === 1;
    const isSlow = query.includes('slow');
    if (isSlow && !isIpv4) return;
    const hasAnswer = isIpv4 && !isSlow;
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, hasAnswer ? 1 : 0, 0, 0, 0, 0]);
    const answer = hasAnswer ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address] : [];
    socket.send(Buffer.concat([header, query.subarray(12, end), Buffer.from(answer)]), port, client);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, asked: () => asked };
}

test('names whose server never answers delay no other name', async () => {
  const { server, asked } = await startNameServer();
  const resolve = createResolve([server]);
  let failed = 0;
  const silent = Array.from({ length: 50 }, (_, place) =>
    resolve(`silent-${place}.example`).catch(() => void failed++),
  );
  await expect.poll(asked).toBeGreaterThanOrEqual(100);
  expect(await resolve('fine.example')).toEqual([address.join('.')]);
  expect(failed).toBe(0);
  await Promise.all(silent);
  expect(failed).toBe(50);
});

test('a local name is this machine, whatever a name server says', async () => {
  const { server, asked } = await startNameServer();
  expect(await createResolve([server])('any.localhost')).toEqual(['127.0.0.1', '::1']);
  expect(asked()).toBe(0);
});

test('a name whose IPv6 addresses are not told in time is no unknown name', async () => {
  const { server } = await startNameServer();
  await expect(createResolve([server])('slow.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
});

/** What an abort leads to once `isUnderWay`. */
async function aborted(
  settings: Partial<GuardSettings>,
  isUnderWay: () => boolean,
  url = 'http://photos.example:8000/',
): Promise<unknown> {
  const aborter = new AbortController();
  const { signal } = aborter;
  const request = { url, method: 'GET', headers: {}, signal } as const;
  const guard = { rules: { allowLoopback: true }, timeoutMs: 60_000, ...settings };
  const failure = guardedRequest(request, guard, async () => undefined).catch((error: unknown) => error);
  await expect.poll(isUnderWay).toBe(true);
  aborter.abort('enough');
  return failure;
}

test('an abort ends what is still resolving', async () => {
  const { server, asked } = await startNameServer();
  const resolve = createResolve([server]);
  let end: unknown;
  const resolveSilent: Resolve = async (_name, signal) => {
    try {
      return await resolve('silent.example', signal);
    } catch (error) {
      end = error;
      throw error;
    }
  };
  expect(await aborted({ resolve: resolveSilent }, () => asked() > 0)).toBe('enough');
  await expect.poll(() => end).toMatchObject({ code: 'ECANCELLED' });
});

test('an abort ends what resolves without looking at it', async () => {
  let asked = false;
  const resolve = (): Promise<never> => {
    asked = true;
    return new Promise(() => undefined);
  };
  expect(await aborted({ resolve }, () => asked)).toBe('enough');
});

/** A server that takes connections and never speaks TLS. */
async function startMute(): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined).resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, sockets };
}

test('an abort ends what is still connecting, and no more addresses are tried', async () => {
  const { port, sockets } = await startMute();
  const resolve = async (): Promise<string[]> => Array.from({ length: 300 }, () => '127.0.0.1');
  const url = `https://photos.example:${port}/`;
  expect(await aborted({ resolve }, () => sockets.length > 0, url)).toBe('enough');
  await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  expect(sockets).toHaveLength(1);
});

test('few of many addresses are tried', async () => {
  const { port, sockets } = await startMute();
  const resolve = async (): Promise<string[]> => Array.from({ length: 300 }, () => '127.0.0.1');
  const { signal } = new AbortController();
  const request = { url: `https://photos.example:${port}/`, method: 'GET', headers: {}, signal } as const;
  const guard = { rules: { allowLoopback: true }, timeoutMs: 20, resolve };
  await expect(guardedRequest(request, guard, async () => undefined)).rejects.toThrow();
  expect(sockets.length).toBeLessThanOrEqual(4);
});

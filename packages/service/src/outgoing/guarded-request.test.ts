import { createSocket } from 'node:dgram';
import { expect, onTestFinished, test } from 'vitest';
import { createResolve } from './guarded-request.ts';

const address = [93, 184, 216, 34];

/** A name server on loopback that has one address for each name, and never answers about names with `silent`. */
async function startNameServer(): Promise<{ server: string; asked: () => number }> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (query, { port, address: client }) => {
    asked += 1;
    if (query.includes('silent')) return;
    // Name, type and class end before additional records, of which `query` may have some.
    const end = query.indexOf(0, 12) + 5;
    const isIpv4 = query.readUInt16BE(end - 4) === 1;
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isIpv4 ? 1 : 0, 0, 0, 0, 0]);
    const answer = isIpv4 ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address] : [];
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

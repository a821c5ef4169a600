import { expect, onTestFinished, test } from 'vitest';
import { startFakeRedis, type FakeRedis } from '../../testing/fake-redis.ts';
import { connectOnce, RedisConnections } from './connections.ts';

const subscribed = '*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1';

function asked(server: FakeRedis, wanted: string): number {
  return server.asked.filter(([name]) => name === wanted).length;
}

test('a subscriber, whom nobody tells, follows the watch to a server that takes writes', async () => {
  let isReplica = false;
  const server = await startFakeRedis(([name]) => {
    if (name === 'SUBSCRIBE') return subscribed;
    return name === 'SET' && isReplica ? '-READONLY You cannot' : '+OK';
  });
  onTestFinished(() => server.close());
  const settings = { url: `redis://127.0.0.1:${server.port}`, prefix: 'm2fp' };
  const connections = new RedisConnections(settings, undefined);
  onTestFinished(() => connections.close());
  const subscriber = connections.open({ whileDown: 'listen' });
  onTestFinished(() => subscriber.disconnect());
  await subscriber.subscribe('news');
  await connections.watch.assertWritable();
  expect(asked(server, 'SUBSCRIBE')).toBe(1);

  isReplica = true;
  await expect(connections.watch.assertWritable()).rejects.toMatchObject({ reason: 'READONLY' });
  expect(connections.watch.state).toBe('READONLY');
  isReplica = false;
  await expect.poll(() => asked(server, 'SUBSCRIBE')).toBe(2);
  expect(connections.watch.state).toBeUndefined();
});

test('a process that starts before its Sentinels finds the master as soon as they know it', async () => {
  const master = await startFakeRedis(() => '+OK');
  onTestFinished(() => master.close());
  let isKnown = false;
  const port = `${master.port}`;
  const sentinel = await startFakeRedis(() =>
    isKnown ? `*2\r\n$9\r\n127.0.0.1\r\n$${port.length}\r\n${port}` : undefined,
  );
  onTestFinished(() => sentinel.close());
  const addresses = [{ host: '127.0.0.1', port: sentinel.port }];
  const sentinels = { addresses, name: 'm', isTls: false };
  const connections = new RedisConnections({ url: 'redis://unused', sentinels, prefix: 'm2fp' }, undefined);
  onTestFinished(() => connections.close());
  // Longer than a connection that is no use is left alone.
  for (let searches = 0; searches < 3; searches++) {
    await expect(connections.watch.assertWritable()).rejects.toMatchObject({ reason: 'unreachable' });
  }
  isKnown = true;
  await expect
    .poll(
      () =>
        connections.watch.assertWritable().then(
          () => 'found',
          () => 'none',
        ),
      { timeout: 5_000 },
    )
    .toBe('found');
  // What was asked in vain does not come along.
  expect(asked(master, 'SET')).toBe(1);
});

test('a server that is full keeps its connections', async () => {
  let isFull = false;
  const server = await startFakeRedis(([name]) => (name === 'SET' && isFull ? '-OOM command not allowed' : '+OK'));
  onTestFinished(() => server.close());
  const connections = new RedisConnections({ url: `redis://127.0.0.1:${server.port}`, prefix: 'm2fp' }, undefined);
  onTestFinished(() => connections.close());
  const waiting = connections.open({ whileDown: 'wait' });
  onTestFinished(() => waiting.disconnect());
  await waiting.get('a');
  await connections.watch.assertWritable();
  isFull = true;
  await expect(connections.watch.assertWritable()).rejects.toMatchObject({ reason: 'OOM' });
  isFull = false;
  await expect.poll(() => connections.watch.state).toBeUndefined();
  expect(server.connections()).toBe(2);
});

test('what BullMQ opens beside a connection is watched too, under the name that BullMQ gives it', async () => {
  const server = await startFakeRedis(() => '+OK');
  onTestFinished(() => server.close());
  const connections = new RedisConnections({ url: `redis://127.0.0.1:${server.port}`, prefix: 'm2fp' }, undefined);
  onTestFinished(() => connections.close());
  const first = connections.open({ whileDown: 'wait' }, 'first');
  const second = first.duplicate({ connectionName: 'second' });
  for (const connection of [first, second]) onTestFinished(() => connection.disconnect());
  expect([first, second].map(({ options }) => options.connectionName)).toEqual(['first', 'second']);
  expect(second.options.maxRetriesPerRequest).toBeNull();
  await expect.poll(() => server.connections()).toBe(3);
});

test('a command that cannot connect names the servers and the reason, and no password', async () => {
  const refused = connectOnce({ url: 'redis://:swordfish@127.0.0.1:1' }, 2_000);
  await expect(refused).rejects.toThrow(/at 127\.0\.0\.1:1: it does not answer/);
  await expect(refused).rejects.not.toThrow(/swordfish/);
  const server = await startFakeRedis(() => '-WRONGPASS invalid username-password pair');
  onTestFinished(() => server.close());
  const wrong = connectOnce({ url: `redis://:swordfish@127.0.0.1:${server.port}` }, 2_000);
  await expect(wrong).rejects.toThrow('does not take the user and password');
});

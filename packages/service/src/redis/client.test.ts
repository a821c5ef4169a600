import type { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFakeRedis } from '../../testing/fake-redis.ts';
import { createClient, type WhileDown } from './client.ts';

const wait: WhileDown = { whileDown: 'wait' };
const fail: WhileDown = { whileDown: 'fail', answerMs: 2_000 };

async function startWith(answer: Parameters<typeof startFakeRedis>[0], policy: WhileDown) {
  const server = await startFakeRedis(answer);
  onTestFinished(() => server.close());
  const client: Redis = createClient({ url: `redis://127.0.0.1:${server.port}` }, policy);
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  await expect.poll(() => client.status).toBe('ready');
  return { server, client };
}

const elsewhere = {
  replica: "-READONLY You can't write against a read only replica.",
  'replica, in a script': "-READONLY You can't write against a read only replica. script: 5a, on @user_script:12.",
  'replica, in a script of Redis 6':
    "-ERR Error running script (call to f_5a): @user_script:12: -READONLY You can't write against a read only replica.",
  'server that starts': '-LOADING Redis is loading the dataset in memory',
  'replica that lost its master': '-MASTERDOWN Link with MASTER is down',
  'cluster without a master': '-CLUSTERDOWN The cluster is down',
  'server that became a replica during a blocking read':
    '-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
};

describe('a connection that fails fast', () => {
  test.each(Object.entries(elsewhere))('leaves a %s, once the command has failed', async (_, error) => {
    const { server, client } = await startWith((_asked, connection) => (connection === 1 ? error : '+OK'), fail);
    await expect(client.set('a', 'b')).rejects.toThrow(error.slice(1, 20));
    await expect.poll(() => server.connections()).toBe(2);
    await expect.poll(() => client.set('a', 'b').catch(() => undefined)).toBe('OK');
    expect(server.connections()).toBe(2);
  });

  test.each(['-MISCONF Redis is configured to save', '-OOM command not allowed', '-NOREPLICAS Not enough', '-ERR no'])(
    'stays with a server that answers reads: %s',
    async (error) => {
      const { server, client } = await startWith(([name]) => (name === 'GET' ? '$1\r\nb' : error), fail);
      await expect(client.set('a', 'b')).rejects.toThrow(error.slice(1, 8));
      expect(await client.get('a')).toBe('b');
      expect(server.connections()).toBe(1);
    },
  );

  test('leaves when a transaction is refused, and sends no part of it again', async () => {
    const { server, client } = await startWith(([name], connection) => {
      if (connection > 1 || name === 'MULTI') return '+OK';
      return name === 'EXEC' ? '-EXECABORT Transaction discarded because of previous errors.' : elsewhere.replica;
    }, fail);
    await expect(client.multi().del('a').rpush('a', 'b').exec()).rejects.toThrow('EXECABORT');
    await expect.poll(() => server.connections()).toBe(2);
    await expect.poll(() => client.status).toBe('ready');
    expect(await client.set('a', 'b')).toBe('OK');
    expect(server.asked.map(([name]) => name)).toEqual(['MULTI', 'DEL', 'RPUSH', 'EXEC', 'SET']);
  });
});

describe('a connection that waits', () => {
  test.each([
    ['a script', (client: Redis) => client.evalsha('5a', 1, 'a'), elsewhere['replica, in a script']],
    ['a blocking read', (client: Redis) => client.bzpopmin('a', 5), elsewhere.replica],
    [
      'a read that was cut off',
      (client: Redis) => client.xread('BLOCK', 5_000, 'STREAMS', 'a', '$'),
      '-UNBLOCKED force',
    ],
  ])('asks the next server for %s that a replica refused as a whole', async (_, ask, error) => {
    const { server, client } = await startWith((_asked, connection) => (connection < 3 ? error : '+fine'), wait);
    expect(await ask(client)).toBe('fine');
    expect(server.connections()).toBe(3);
  });

  test('lets a plain write fail: it may be part of a transaction', async () => {
    const { server, client } = await startWith(
      (_asked, connection) => (connection < 2 ? elsewhere.replica : '+OK'),
      wait,
    );
    await expect(client.set('a', 'b')).rejects.toThrow('READONLY');
    await expect.poll(() => server.connections()).toBe(2);
    expect(server.asked).toHaveLength(1);
  });
});

test('a URL may have a user, a password with odd characters, and a database', async () => {
  const server = await startFakeRedis(() => '+OK');
  onTestFinished(() => server.close());
  const client = createClient({ url: `redis://me:p%40ss%2F@127.0.0.1:${server.port}/3` }, wait);
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  await expect.poll(() => client.status).toBe('ready');
  expect(server.asked).toContainEqual(['AUTH', 'me', 'p@ss/']);
  expect(server.asked).toContainEqual(['SELECT', '3']);
});

test('a stream that still has several errors to tell when it is ended does not end the process', async () => {
  const { client } = await startWith(() => '+OK', wait);
  const { stream } = client;
  client.disconnect(true);
  // Without a listener for each, this would throw.
  for (const text of ['it was ended', 'it did not expect that']) stream.emit('error', new Error(text));
  await expect.poll(() => client.status).toBe('ready');
});

describe('told to reconnect before it is connected', () => {
  test('a client that asks Sentinels for the master goes on asking', async () => {
    const master = await startFakeRedis(() => '+OK');
    onTestFinished(() => master.close());
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const sentinel = await startFakeRedis(([name], connection) => {
      if (name !== 'SENTINEL') return '+OK';
      ask();
      // The first answer comes too late: by then, it has been told.
      return connection === 1 ? undefined : `*2\r\n$9\r\n127.0.0.1\r\n$${`${master.port}`.length}\r\n${master.port}`;
    });
    onTestFinished(() => sentinel.close());
    const addresses = [{ host: '127.0.0.1', port: sentinel.port }];
    const client = createClient({ url: 'redis://unused', sentinels: { addresses, name: 'm', isTls: false } }, wait);
    client.on('error', () => undefined);
    onTestFinished(() => client.disconnect());
    await asked;
    client.disconnect(true);
    expect(await client.set('a', 'b')).toBe('OK');
  });

  test('a client whose server does not shake hands leaves it', async () => {
    const server = await startFakeRedis(() => undefined);
    onTestFinished(() => server.close());
    const client = createClient({ url: `rediss://127.0.0.1:${server.port}` }, wait);
    client.on('error', () => undefined);
    onTestFinished(() => client.disconnect());
    await expect.poll(() => server.connections()).toBe(1);
    expect(client.status).toBe('connecting');
    client.disconnect(true);
    await expect.poll(() => server.connections()).toBe(2);
  });
});

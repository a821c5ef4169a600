import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startRedis } from './start-redis.ts';

test('a given Redis is used as is', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `redis://:secret@127.0.0.1:${(server.address() as AddressInfo).port}`;
  const redis = await startRedis({ url });
  expect(redis.url).toBe(url);
  expect(redis.origin).not.toContain('secret');
  await redis.stop();
  expect(server.listening).toBe(true);
  server.close();
});

test('a given Redis that does not answer is an error that names its address but not its password', async () => {
  const started = startRedis({ url: 'redis://:secret@127.0.0.1:1' });
  await expect(started).rejects.toThrow('127.0.0.1:1');
  await expect(started).rejects.not.toThrow('secret');
});

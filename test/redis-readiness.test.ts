/** Why Redis takes no jobs: each reason from a real server, in a word of a closed list. */
import { rm } from 'node:fs/promises';
import { readSettings, redisSettings } from '@m2fp/service/settings';
import { createLogger } from '@m2fp/service/logger';
import { RedisConnections } from '@m2fp/service/redis';
import { expect, onTestFinished, test } from 'vitest';
import { createCertificates } from './support/redis/certificates.ts';
import { flags, startRedisProcess } from './support/redis/redis-process.ts';
import { until } from './support/worker/until.ts';

function watch(environment: NodeJS.ProcessEnv) {
  const { redis } = readSettings('test', { redis: redisSettings }, environment);
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(
    'info',
    {},
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const connections = new RedisConnections(redis, log);
  onTestFinished(() => connections.close());
  const reason = () =>
    connections.watch.assertWritable().then(
      () => 'none',
      (error: { reason: string }) => error.reason,
    );
  return { reason, becomes: (wanted: string) => until(async () => (await reason()) === wanted), lines };
}

const urlOf = (port: number, credentials = ''): string => `redis://${credentials}127.0.0.1:${port}`;

test('a server that changes: each reason is logged once, with what to look at, and so is the end', async () => {
  const [server, master] = [await startRedisProcess(), await startRedisProcess()];
  const { client } = server;
  const { becomes, reason, lines } = watch({ REDIS_URL: urlOf(server.port) });
  await becomes('none');
  await client.config('SET', 'maxmemory', '1');
  await becomes('OOM');
  expect(await reason()).toBe('OOM');
  await client.config('SET', 'maxmemory', '0');
  await becomes('none');
  await client.config('SET', 'min-replicas-to-write', '1');
  await becomes('NOREPLICAS');
  await client.config('SET', 'min-replicas-to-write', '0');
  await becomes('none');
  await client.replicaof('127.0.0.1', master.port);
  await becomes('READONLY');
  await client.replicaof('NO', 'ONE');
  await becomes('none');
  // Without its folder, it cannot save, and stops writes in order not to lose more.
  await rm(server.folder, { recursive: true });
  await client.config('SET', 'save', '3600 1');
  await client.bgsave();
  await becomes('MISCONF');
  await client.config('SET', 'save', '');
  await becomes('none');
  server.kill();
  await becomes('unreachable');
  const told = lines.map(({ msg, reason: word }) => (typeof word === 'string' ? word : msg));
  const [up, ...down] = ['Redis is back', 'OOM', 'NOREPLICAS', 'READONLY', 'MISCONF'];
  expect(told).toEqual([...down.flatMap((word) => [word, up]), 'unreachable']);
  expect(lines[0]).toMatchObject({ level: 'warn', how: expect.stringContaining('maxmemory') as string });
});

test('a server that does not let this process in, or not far enough', async () => {
  const limited = ['--user', 'limited', 'on', '>secret', '~*', '&*', '-@all', '+info', '+exists', '+hello', '+client'];
  const { port } = await startRedisProcess([...flags(['requirepass', 'swordfish']), ...limited], {
    password: 'swordfish',
  });
  const cases = { '': 'NOAUTH', ':wrong@': 'WRONGPASS', 'nobody:swordfish@': 'WRONGPASS', 'limited:secret@': 'NOPERM' };
  for (const [credentials, wanted] of Object.entries(cases)) {
    const { becomes, lines } = watch({ REDIS_URL: urlOf(port, credentials) });
    await becomes(wanted);
    expect(JSON.stringify(lines)).not.toMatch(/swordfish|secret|wrong@/);
  }
});

test('a node of a cluster, to those who do not know that it is one, and one that has lost its cluster', async () => {
  const { port, client } = await startRedisProcess(
    flags(['cluster-enabled', 'yes', 'cluster-announce-ip', '127.0.0.1']),
  );
  const asCluster = watch({ REDIS_URL: urlOf(port), REDIS_CLUSTER: 'true' });
  // Some slots are nobody's.
  await client.cluster('ADDSLOTS', ...Array.from({ length: 10_000 }, (_, slot) => slot));
  await asCluster.becomes('CLUSTERDOWN');

  await client.cluster('ADDSLOTS', ...Array.from({ length: 6_384 }, (_, slot) => 10_000 + slot));
  await asCluster.becomes('none');
  const asServer = watch({ REDIS_URL: urlOf(port) });
  await asServer.becomes('CROSSSLOT');
  expect(asServer.lines).toMatchObject([{ how: expect.stringContaining('set REDIS_CLUSTER') as string }]);
});

test('a certificate that nobody vouches for', async () => {
  const certificates = await createCertificates();
  const { port } = await startRedisProcess(flags(certificates.serverSettings), { tls: certificates.client });
  await watch({ REDIS_URL: `rediss://127.0.0.1:${port}` }).becomes('certificate');
  await watch({ REDIS_URL: `rediss://127.0.0.1:${port}`, ...certificates.env }).becomes('none');
});

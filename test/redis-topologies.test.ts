/** The whole service on Redis as people run it, with Sentinels and in a cluster, through a failover of each. */
import { afterEach, expect, test } from 'vitest';
import { startM2fp } from './support/cli/run-m2fp.ts';
import { flags, isInStep, startCluster, startRedisProcess, startSentinels } from './support/redis/redis-process.ts';
import { startWholeService, type WholeService } from './support/redis/whole-service.ts';
import { until } from './support/worker/until.ts';
import { endWorkers } from './support/worker/worker-process.ts';

afterEach(endWorkers);

/** A photo, a batch, and a look at the API's keys with the same settings. */
async function everythingWorks(service: WholeService): Promise<void> {
  const photo = await service.accepted();
  const batch = await service.batch(['ok', 'ok', 'ok']);
  await service.succeeds(photo);
  await service.succeeds(batch, 'batches');
  const keys = await startM2fp(['keys', 'list'], service.api.env).ended;
  expect(keys).toMatchObject({ code: 0, stderr: expect.stringContaining('There are no keys') as string });
}

test('Sentinels name another master, and all connections follow', async () => {
  const access = flags(['requirepass', 'of-the-server', 'masterauth', 'of-the-server']);
  const master = await startRedisProcess(access, { password: 'of-the-server' });
  const replica = await startRedisProcess(access, { password: 'of-the-server' });
  await replica.client.replicaof('127.0.0.1', master.port);
  await until(() => isInStep(replica.client));
  const passwords = { password: 'of-the-sentinels', masterPassword: 'of-the-server' };
  const sentinels = await startSentinels(master, { name: 'parsing', ...passwords });
  const service = await startWholeService({
    // The server's name and port do not matter: the Sentinels know them.
    REDIS_URL: 'redis://:of-the-server@sentinels.invalid',
    REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
    REDIS_SENTINEL_NAME: 'parsing',
    REDIS_SENTINEL_PASSWORD: 'of-the-sentinels',
  });
  await service.succeeds(await service.accepted());
  master.kill();
  await until(async () => (await replica.client.info('replication')).includes('role:master'));
  await everythingWorks(service);
  await service.untilReady();
});

test('in a cluster everything is in one slot, and a failover of its master is followed', async () => {
  const { masters, replicas } = await startCluster(3);
  const service = await startWholeService({
    REDIS_CLUSTER: masters.map(({ port }) => `127.0.0.1:${port}`).join(','),
    QUEUE_PREFIX: '{photos}',
  });
  await service.succeeds(await service.accepted());
  const sizes = await Promise.all(masters.map(({ client }) => client.dbsize()));
  expect(sizes.filter((size) => size > 0)).toHaveLength(1);
  const place = sizes.findIndex((size) => size > 0);
  masters[place]?.kill();
  await until(async () => (await replicas[place]?.client.info('replication'))?.includes('role:master') === true);
  await everythingWorks(service);
  await service.untilReady();
});

/** The whole service on Redis as people run it: with Sentinels, in a cluster, behind TLS; through a failover of each. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { runM2fp } from './support/cli/run-m2fp.ts';
import {
  flags,
  isInStep,
  startCluster,
  startRedisProcess,
  startSentinels,
  temporaryFolder,
} from './support/redis/redis-process.ts';
import { startWholeService, type WholeService } from './support/redis/whole-service.ts';
import { until } from './support/worker/until.ts';
import { endWorkers } from './support/worker/worker-process.ts';

afterEach(endWorkers);

/** A photo, a batch with a webhook to send, a cancel: all that goes through scripts, streams and channels. */
async function everythingWorks(service: WholeService): Promise<void> {
  const photo = await service.accepted();
  const batch = await service.batch(['ok', 'ok', 'ok']);
  await service.succeeds(photo);
  await service.succeeds(batch, 'batches');
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
  await service.untilReady();
  await everythingWorks(service);
  const t = performance.now();
  master.kill();
  await until(async () => (await replica.client.info('replication')).includes('role:master'));
  console.log('promoted', performance.now() - t);
  const id = await service.accepted();
  console.log('accepted', performance.now() - t);
  await service.succeeds(id);
  await everythingWorks(service);
  console.log('works', performance.now() - t);
  await service.untilReady();
  console.log('ready', performance.now() - t);
});

test('in a cluster everything is in one slot, and a failover of its master is followed', async () => {
  const { masters, replicas } = await startCluster(3);
  const service = await startWholeService({
    REDIS_CLUSTER: masters.map(({ port }) => `127.0.0.1:${port}`).join(','),
    QUEUE_PREFIX: '{photos}',
  });
  await service.untilReady();
  await everythingWorks(service);
  const sizes = await Promise.all(masters.map(({ client }) => client.dbsize()));
  expect(sizes.filter((size) => size > 0)).toHaveLength(1);
  const place = sizes.findIndex((size) => size > 0);
  const t = performance.now();
  masters[place]?.kill();
  await until(async () => (await replicas[place]?.client.info('replication'))?.includes('role:master') === true);
  console.log('promoted', performance.now() - t);
  const id = await service.accepted();
  console.log('accepted', performance.now() - t);
  await service.succeeds(id);
  await everythingWorks(service);
  console.log('works', performance.now() - t);
  await service.untilReady();
  console.log('ready', performance.now() - t);
});

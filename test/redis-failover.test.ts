/**
 * A failover as it goes wrong: connections stay open, and behind them Redis has become a replica that takes no writes,
 * or a host that does not even refuse. Nothing is restarted, and nothing is lost.
 */
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { isInStep, startRedisProcess, type RedisProcess } from './support/redis/redis-process.ts';
import { startWholeService } from './support/redis/whole-service.ts';
import { createGate } from './support/worker/gate.ts';
import { startTcpLink } from '@m2fp/dev-services/faults';
import { until } from './support/worker/until.ts';
import { endWorkers } from './support/worker/worker-process.ts';

afterEach(endWorkers);

/** A server and its replica; the service reaches them through a proxy, which open connections outlive. */
async function startPair() {
  const [first, second] = [await startRedisProcess(), await startRedisProcess()];
  const promote = async (master: RedisProcess): Promise<void> => void (await master.client.replicaof('NO', 'ONE'));
  const follow = async (replica: RedisProcess, master: RedisProcess): Promise<void> => {
    await replica.client.replicaof('127.0.0.1', master.port);
    await until(() => isInStep(replica.client));
  };
  await follow(second, first);
  const proxy = await startTcpLink(first.port);
  onTestFinished(() => proxy.close());
  return { first, second, promote, follow, proxy, env: { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } };
}

test('is not ready while Redis takes no writes, and goes on with a server that does, on every connection', async () => {
  const { first, second, promote, follow, proxy, env } = await startPair();
  const service = await startWholeService(env);
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const webhook = { url: receiver.url };
  await service.untilReady();
  const rounds = [
    { to: second, from: first },
    { to: first, from: second },
  ];
  for (const { to, from } of rounds) {
    const gate = createGate();
    // One is being parsed when Redis goes, ends while it is away, and must be told to Redis later.
    const inHand = await service.accepted(gate.photo, { webhook });
    await until(async () => (await service.worker.stats()).jobs.active === 1);
    const batch = await service.batch(['ok', 'ok', 'sleep 100', 'ok', 'ok'], { webhook });
    await promote(to);
    await follow(from, to);
    // New connections still go to the one that is a replica now.
    await until(async () => (await service.readiness()).every(({ reason }) => reason === 'READONLY'));
    expect((await service.create()).status).toBe(503);
    await gate.open();

    // Open connections stay as they are: only a client that connects again finds the other one.
    proxy.connectTo(to.port);
    const created = await service.accepted('ok', { webhook });
    await service.succeeds(created);
    await service.succeeds(inHand);
    await service.succeeds(batch, 'batches');
    await service.untilReady();
    const told = [inHand, created, batch];
    await until(() => told.every((id) => receiver.calls.some(({ body }) => body.includes(id))));
  }
  // None was taken from the worker that had it: its end was told as soon as there was somebody to tell.
  expect(service.worker.output()).not.toContain('a worker lost this job');
});

test('leaves a server that hangs without a word', async () => {
  const { first, second, promote, proxy, env } = await startPair();
  const service = await startWholeService(env);
  await service.succeeds(await service.accepted());
  await service.untilReady();
  process.kill(first.pid, 'SIGSTOP');
  onTestFinished(() => void process.kill(first.pid, 'SIGCONT'));
  await until(async () => (await service.readiness()).every(({ reason }) => reason === 'unreachable'));
  await promote(second);
  proxy.connectTo(second.port);
  const id = await service.accepted();
  await service.succeeds(id);
  await service.untilReady();
});

/** The API's job queue on BullMQ and a real Redis: it behaves like the in-memory one, also while Redis is down. */
import { randomBytes } from 'node:crypto';
import { createJobId, queueName } from '@m2fp/contract';
import { WatchedModels } from '@m2fp/queue/models';
import { startRedis } from '@m2fp/dev-services';
import { startTcpLink } from '@m2fp/dev-services/faults';
import { UnrecoverableError, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { BullJobQueue } from '../apps/api/src/jobs/bullmq-queue.ts';
import { jobData, queueConformance, testModel } from '../apps/api/testing/queue-conformance.ts';
import type { QueueUnderTest } from '../apps/api/testing/queue-conformance.ts';
import type { QueueWorker } from '../apps/api/testing/memory-queue.ts';
import { RedisJobChanges } from '../apps/api/src/jobs/job-changes.ts';
import { createClient, disconnectRedis } from '@m2fp/service/redis';

const name = queueName(testModel);
const timeoutMs = 1_000;
const token = 'token';

function uniquePrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** A BullMQ worker under manual control: it takes, reports and ends jobs when told. */
function createHandWorker(prefix: string): { worker: QueueWorker; close: () => Promise<void> } {
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  const bull = new Worker(name, null, { connection, prefix, autorun: false });
  const active = new Map<string, Job>();

  function job(id: string): Job {
    const found = active.get(id);
    if (found === undefined) throw new Error(`${id} was not taken`);
    return found;
  }

  const worker: QueueWorker = {
    take: async () => {
      const next = (await bull.getNextJob(token, { block: false })) as Job | undefined;
      if (next?.id !== undefined) active.set(next.id, next);
      return next?.id;
    },
    progress: (id, progress) => job(id).updateProgress(progress),
    complete: async (id, result) => void (await job(id).moveToCompleted(result, token, false)),
    fail: async (id, reason, { retry }) => {
      await job(id).moveToFailed(retry ? new Error(reason) : new UnrecoverableError(reason), token, false);
    },
  };
  return {
    worker,
    close: async () => {
      await bull.close();
      await connection.quit();
    },
  };
}

function openQueue(url: string, prefix = uniquePrefix()) {
  const connection = createClient({ url }, { whileDown: 'fail', answerMs: timeoutMs });
  connection.on('error', () => undefined);
  const models = new WatchedModels({ expect: async () => undefined, read: async () => [] }, [testModel]);
  const queue = new BullJobQueue(connection, { prefix, timeoutMs, retentionS: 3600 }, models);
  const close = async () => {
    await queue.close();
    await disconnectRedis(connection);
  };
  return { queue, connection, prefix, close };
}

async function openBoth(): Promise<QueueUnderTest> {
  const { queue, connection, prefix, close } = openQueue(inject('redisUrl'));
  await expect.poll(() => connection.status).toBe('ready');
  const hand = createHandWorker(prefix);
  const eventConnection = createClient({ url: inject('redisUrl') }, { whileDown: 'fail', answerMs: timeoutMs });
  await expect.poll(() => eventConnection.status).toBe('ready');
  const changes = new RedisJobChanges(eventConnection, () => queue.eventStreams());
  return {
    queue,
    changes,
    worker: hand.worker,
    close: async () => {
      eventConnection.disconnect();
      await changes.close();
      await hand.close();
      await close();
    },
  };
}

describe('the queue on BullMQ', () => {
  queueConformance(openBoth);

  test('counts the workers that are connected', async () => {
    const { queue, prefix, close } = openQueue(inject('redisUrl'));
    onTestFinished(close);
    const count = async () => (await queue.workers())?.get(testModel);
    await expect.poll(() => count().catch(() => 'away')).toBe(0);
    const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    const worker = new Worker(name, async () => undefined, { connection, prefix });
    onTestFinished(async () => {
      await worker.close();
      connection.disconnect();
    });
    await expect.poll(count).toBe(1);
  });

  test('canceled jobs are removed after the retention time, when others end', async () => {
    const { queue, connection, prefix, close } = openQueue(inject('redisUrl'));
    onTestFinished(close);
    await expect.poll(() => connection.status).toBe('ready');
    const [old, next] = [createJobId(), createJobId()];
    for (const id of [old, next]) await queue.add(id, jobData(), { class: 'single', model: testModel });
    await queue.cancel(old, async () => undefined);
    await connection.zadd(`${prefix}:${name}:failed`, Date.now() - 3_700_000, old);
    await queue.cancel(next, async () => undefined);
    expect(await queue.find(old)).toBeUndefined();
    expect(await queue.find(next)).toMatchObject({ state: 'failed' });
  });
});

describe('while Redis does not answer', () => {
  /** A separate Redis behind an address that can be cut off. */
  async function openBreakable() {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const redisPort = Number(new URL(redis.url).port);
    const proxy = await startTcpLink(redisPort);
    onTestFinished(() => proxy.close());
    const opened = openQueue(`redis://127.0.0.1:${proxy.port}`);
    onTestFinished(opened.close);
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    return { ...opened, proxy, redisPort, admin };
  }

  const single = { class: 'single', model: testModel } as const;

  test('every call fails immediately and works again once Redis is back, with nothing added in between', async () => {
    const { queue, connection, proxy, redisPort } = await openBreakable();
    await expect.poll(() => connection.status).toBe('ready');
    const [before, during] = [createJobId(), createJobId()];
    await queue.add(before, jobData(), single);

    proxy.disconnect();
    await expect.poll(() => connection.status).not.toBe('ready');
    const add = queue.add(during, jobData(), single);
    await expect(add).rejects.toMatchObject({ code: 'queue_unavailable', jobId: undefined });
    await expect(queue.find(before)).rejects.toMatchObject({ code: 'queue_unavailable' });
    await expect(queue.backlog(testModel)).rejects.toMatchObject({ code: 'queue_unavailable' });

    proxy.connectTo(redisPort);
    await expect.poll(() => queue.find(before).catch(() => 'away')).toMatchObject({ state: 'queued' });
    expect(await queue.find(during)).toBeUndefined();
  });

  test('a queue that starts before Redis works once Redis is up', async () => {
    const { proxy, redisPort, close } = await openBreakable();
    await close();
    proxy.disconnect();
    const { queue, close: closeLate } = openQueue(`redis://127.0.0.1:${proxy.port}`);
    onTestFinished(closeLate);
    const id = createJobId();
    await expect(queue.add(id, jobData(), single)).rejects.toMatchObject({ code: 'queue_unavailable' });
    proxy.connectTo(redisPort);
    await expect.poll(() => queue.add(id, jobData(), single).catch(() => 'away')).toBeUndefined();
    expect(await queue.find(id)).toMatchObject({ state: 'queued' });
  });

  test('a job that was sent but not confirmed is named, because it may exist', async () => {
    const { queue, connection, admin } = await openBreakable();
    await expect.poll(() => connection.status).toBe('ready');
    const id = createJobId();
    await admin.call('CLIENT', 'PAUSE', String(timeoutMs * 1.5), 'ALL');
    await expect(queue.add(id, jobData(), single)).rejects.toMatchObject({
      code: 'queue_unavailable',
      jobId: id,
    });
    await expect.poll(() => queue.find(id).catch(() => 'away')).toMatchObject({ id, state: 'queued' });
  });
});

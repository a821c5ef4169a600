/** The number that workers are started and stopped by, on a real queue. */
import { randomBytes } from 'node:crypto';
import { batchQueueName, createBatchId, createJobId, parseOptionsSchema, redisKeys } from '@m2fp/contract';
import { queueName, type JobClass, type JobData } from '@m2fp/contract';
import { readBacklog } from '@m2fp/queue/backlog';
import { Batches, type BatchSpec } from '@m2fp/queue/batches';
import { enqueueJobs } from '@m2fp/queue/jobs';
import { openQueue } from '@m2fp/queue/open-queue';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';

const model = 'backlog';

function openLine() {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  const keys = redisKeys(prefix);
  const queue = openQueue(queueName(model), { connection: redis, prefix });
  const batchQueue = openQueue(batchQueueName(queue.name), { connection: redis, prefix });
  const worker = new Worker(queue.name, null, { connection: redis, prefix, autorun: false });
  onTestFinished(async () => {
    await worker.close();
    await queue.obliterate({ force: true });
    await batchQueue.obliterate({ force: true });
    await Promise.all([queue.close(), batchQueue.close()]);
    redis.disconnect();
  });
  const add = async (owner: string, jobClass: JobClass, count: number): Promise<void> => {
    const data: JobData = {
      ...{ v: 1, owner, input: { key: 'inputs/photo.jpg' }, output: { prefix: 'results/' } },
      ...{ options: parseOptionsSchema.parse({}), createdAt: new Date().toISOString() },
    };
    const jobs = Array.from({ length: count }, () => ({ id: createJobId(), data, class: jobClass }));
    await enqueueJobs(jobs, { queue, redis, keys });
  };
  return {
    ...{ queue, add },
    batches: new Batches(redis, keys, batchQueue, { retentionS: 3_600 }),
    read: () => readBacklog(model, { redis, keys, prefix }),
    take: () => worker.getNextJob('token', { block: false }),
    /** Of all that wait, one by one. */
    oldest: async (): Promise<number> => {
      const ids = await redis.zrange(queue.toKey('prioritized'), 0, '-1');
      const times = await Promise.all(ids.map((id) => redis.hget(queue.toKey(id), 'timestamp')));
      return Math.min(...times.map(Number));
    },
  };
}

test('a model of which nothing is known has none', async () => {
  const none = { waiting: 0, delayed: 0, active: 0, unqueued: 0, openBatches: 0, oldestAtMs: undefined };
  expect(await openLine().read()).toEqual(none);
});

test('finds the oldest of thousands of jobs, whosever turn is next', async () => {
  const line = openLine();
  for (const [place, owner] of Array.from({ length: 20 }, (_, place) => [place, `owner-${place}`] as const)) {
    const classes = place % 2 === 0 ? (['batch', 'single'] as const) : (['single', 'batch'] as const);
    for (const jobClass of classes) await line.add(owner, jobClass, place === 3 ? 1_000 : 40);
  }
  for (let count = 0; count < 150; count++) {
    if (count % 25 === 0) expect((await line.read()).oldestAtMs).toBe(await line.oldest());
    await line.take();
  }
  expect(await line.read()).toMatchObject({ active: 150, waiting: 38 * 40 + 2_000 - 150 });
});

const spec: BatchSpec = {
  ...{ v: 1, owner: 'a', output: { prefix: 'results/' }, options: parseOptionsSchema.parse({}) },
  createdAt: '2026-11-26T09:15:00.000Z',
};

test('counts the photos of open batches until they are on the queue, or never will be', async () => {
  const { batches, read } = openLine();
  const [known, listed, stopped, ended] = Array.from({ length: 4 }, createBatchId) as [string, string, string, string];
  const keys = Array.from({ length: 100 }, (_, index) => `inputs/${index}.jpg`);
  await batches.create({ id: known, spec, keys });
  await batches.create({ id: listed, spec: { ...spec, inputPrefix: 'inputs/' }, keys: undefined });
  expect(await read()).toMatchObject({ openBatches: 2, unqueued: 101 });
  await batches.claim({ id: known, spec }, 30);
  expect(await read()).toMatchObject({ unqueued: 71 });
  await batches.create({ id: stopped, spec, keys });
  await batches.create({ id: ended, spec, keys });
  expect(await read()).toMatchObject({ openBatches: 4, unqueued: 271 });
  await batches.requestCancel(stopped);
  await batches.finish({ id: ended, spec }, 'failed', {});
  expect(await read()).toMatchObject({ unqueued: 71 });
});

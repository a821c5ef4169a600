/** Batches, with real Redis, real S3, dispatchers and workers. What the photos do is scripted, so that it is quick. */
import { createJobId, parseOptionsSchema, type JobData } from '@m2fp/contract';
import { enqueueJob } from '@m2fp/queue/jobs';
import { openQueue } from '@m2fp/queue/open-queue';
import type { Job } from 'bullmq';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { createGate } from './support/worker/gate.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

let bench: DispatchBench;

beforeEach(() => {
  bench = createDispatchBench();
});
afterEach(async () => {
  await endWorkers();
  await bench.close();
});

const startWorker = (changes: NodeJS.ProcessEnv = {}) =>
  startWorkerProcess('scripted', bench.jobs.workerEnv({ LOCK_DURATION_MS: '30000', ...changes }));
const ok = (count: number): string[] => Array.from({ length: count }, () => 'ok');

describe('a batch', () => {
  it('of keys parses each photo; a bad one fails alone; its files have all, in order', async () => {
    await bench.startDispatcher();
    await startWorker();
    const keys = await bench.putPhotos(['ok', 'fail image_unreadable', 'ok']);
    const id = await bench.createBatch({ keys: [...keys, `inputs/${bench.jobs.name}/missing`] });
    const batch = await bench.finalBatch(id);
    expect(batch).toMatchObject({ status: 'finished', total: 4, succeeded: 2, failed: 2, canceled: 0 });
    const manifest = await bench.manifest(batch);
    expect(manifest.map(({ index, key, status, error }) => [index, key, status, error?.code])).toEqual([
      [0, keys[0], 'succeeded', undefined],
      [1, keys[1], 'failed', 'image_unreadable'],
      [2, keys[2], 'succeeded', undefined],
      [3, `inputs/${bench.jobs.name}/missing`, 'failed', 'input_not_found'],
    ]);
    const stored = manifest.flatMap(({ files = [] }) => files.map(({ key }) => key));
    expect(stored).toEqual([0, 2].map((index) => `results/${bench.jobs.name}/${id}/00000${index}/masks.json`));
    for (const key of stored)
      expect(await bench.jobs.storage.head(key, { signal: AbortSignal.timeout(60_000) })).toBeDefined();
    const annotations = await bench.annotations(batch);
    expect(annotations).toMatchObject({
      images: [{ file_name: 'batch/000000' }, { file_name: 'batch/000002' }],
      info: { photos: 2, left_out: 0 },
    });
    expect(annotations.annotations.map(({ image_id: id }) => id)).toEqual(annotations.images.map(({ id }) => id));
  });

  it('of a prefix with nothing under it, or too much, fails and says why', async () => {
    await bench.startDispatcher({ BATCH_MAX_PHOTOS: '2' });
    await bench.putPhotos(ok(3));
    const none = await bench.finalBatch(await bench.createBatch({ prefix: `inputs/${bench.jobs.name}/none/` }));
    expect(none).toMatchObject({ status: 'failed', error: { code: 'input_not_found' } });
    const many = await bench.finalBatch(await bench.createBatch({ prefix: `inputs/${bench.jobs.name}/batch/` }));
    expect(many).toMatchObject({ status: 'failed', error: { code: 'invalid_request' } });
  });

  it('calls its webhook when it has finished', async () => {
    const receiver = await startReceiver();
    try {
      await bench.startDispatcher();
      await startWorker();
      const webhook = { url: receiver.url, events: ['batch.finished' as const] };
      const id = await bench.createBatch({ keys: await bench.putPhotos(['ok', 'fail image_too_large']) }, { webhook });
      await bench.finalDelivery(id);
      const [secret] = await bench.secrets.active('anonymous');
      const [call] = receiver.calls;
      expect(new Webhook(secret?.secret ?? '').verify(call?.body ?? '', call?.headers ?? {})).toMatchObject({
        type: 'batch.finished',
        data: { id, status: 'finished', counts: { total: 2, succeeded: 1, failed: 1, canceled: 0 } },
      });
    } finally {
      await receiver.close();
    }
  });

  it('never has more than its window on the queue', async () => {
    await bench.startDispatcher({ BATCH_WINDOW: '5' });
    const id = await bench.createBatch({ keys: await bench.putPhotos(ok(40)) });
    await until(async () => (await bench.jobs.queue.getPrioritizedCount()) === 5);
    await startWorker();
    const most: number[] = [];
    const watch = setInterval(() => void bench.batches.inFlight(id).then(({ length }) => most.push(length)), 10);
    expect(await bench.finalBatch(id)).toMatchObject({ succeeded: 40 });
    clearInterval(watch);
    expect(Math.max(...most)).toBe(5);
  });

  it('holds nothing of its owner’s share once it has ended, also if its create is sent again afterward', async () => {
    const dispatcher = await bench.startDispatcher();
    await startWorker();
    const [owner, limits] = ['studio', { batches: 5, photos: 5 }];
    const keys = await bench.putPhotos(ok(1));
    const id = await bench.createBatch({ keys }, { owner, limits });
    const { spec } = await bench.finalBatch(id);
    const open = () => bench.jobs.redis.hlen(bench.keys.openBatches(owner));
    await until(async () => (await open()) === 0);
    await bench.batches.create({ id, spec, keys });
    await until(async () => (await open()) === 0);
    // A dispatcher that was cut off when another one ended the batch counts as it did before.
    await bench.batches.recount({ ...(await bench.finalBatch(id)), status: 'processing', succeeded: 0 });
    expect(await open()).toBe(0);
    await bench.stop(dispatcher);
  });

  it('continues where it was when its dispatcher dies, and each photo is parsed once', async () => {
    const first = await bench.startDispatcher({ BATCH_WINDOW: '10' });
    const worker = await startWorker();
    const id = await bench.createBatch({ keys: await bench.putPhotos(ok(60)) });
    await until(async () => ((await bench.batches.find(id))?.succeeded ?? 0) > 5);
    await bench.stop(first);
    // What is on the queue is done meanwhile, with no dispatcher to notice.
    await until(async () => (await bench.jobs.queue.getPrioritizedCount()) === 0);
    await Promise.all([bench.startDispatcher({ BATCH_WINDOW: '10' }), bench.startDispatcher({ BATCH_WINDOW: '10' })]);
    expect(await bench.finalBatch(id)).toMatchObject({ status: 'finished', succeeded: 60 });
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 60 });
  });
});

describe('a canceled batch', () => {
  it('stops running photos, drops waiting ones, and keeps finished ones', async () => {
    await bench.startDispatcher({ BATCH_WINDOW: '4' });
    const worker = await startWorker({ CONCURRENCY: '1' });
    const id = await bench.createBatch({ keys: await bench.putPhotos(['ok', 'hang', ...ok(98)]) });
    await until(async () => (await bench.batches.find(id))?.succeeded === 1);
    await worker.busyParser();
    await bench.batches.requestCancel(id);
    const batch = await bench.finalBatch(id);
    expect(batch).toMatchObject({ status: 'canceled', total: 100, succeeded: 1, failed: 0, canceled: 99 });
    const statuses = (await bench.manifest(batch)).map(({ status }) => status);
    expect(statuses).toEqual(['succeeded', ...Array.from({ length: 99 }, () => 'canceled')]);
    expect(await bench.jobs.queue.getJobCountByTypes('wait', 'prioritized', 'delayed', 'active')).toBe(0);
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 1, failed: 1 });
  });

  it('never starts if it was canceled first, and stays canceled', async () => {
    const id = await bench.createBatch({ keys: await bench.putPhotos(ok(3)) });
    await bench.batches.requestCancel(id);
    await bench.startDispatcher();
    await startWorker();
    expect(await bench.finalBatch(id)).toMatchObject({ status: 'canceled', canceled: 3 });
    await bench.batches.requestCancel(id);
    expect(await bench.batches.find(id)).toMatchObject({ status: 'canceled' });
  });
});

describe('a batch of 2,000', () => {
  it('takes every object under its prefix, and a job posted meanwhile goes ahead of unclaimed photos', async () => {
    await bench.startDispatcher({ BATCH_WINDOW: '50' });
    const worker = await startWorker({ CONCURRENCY: '2' });
    const gate = createGate();
    const keys = await bench.putPhotos([...ok(1_000), gate.photo, gate.photo, ...ok(998)]);
    const id = await bench.createBatch({ prefix: `inputs/${bench.jobs.name}/batch/` });
    await until(async () => (await bench.batches.find(id))?.succeeded === 1_000);
    await until(async () => (await worker.stats()).jobs.active === 2);
    const single = await postSingleJob();
    await gate.open();
    await until(async () => (await bench.jobs.queue.getJobState(single)) === 'completed');
    const { timestamp: postedAt, processedOn: takenAt = 0 } = await jobOf(single);

    const batch = await bench.finalBatch(id);
    expect(batch).toMatchObject({ status: 'finished', total: 2_000, succeeded: 2_000 });
    // More than one page of a listing has: 1,000 keys.
    expect((await bench.manifest(batch)).map(({ key }) => key)).toEqual(keys);
    const photos = await bench.jobs.queue.getJobs(['completed'], 0, -1);
    const taken = photos.filter(({ processedOn = 0 }) => processedOn > postedAt && processedOn < takenAt);
    expect(taken, 'photos of the batch taken after the job was posted and before it').toEqual([]);
    expect(photos).toHaveLength(2_001);
  });

  async function postSingleJob(): Promise<string> {
    const { queue, storage, name } = bench.jobs;
    const input = `inputs/${name}/single`;
    const signal = AbortSignal.timeout(60_000);
    await storage.put(input, new TextEncoder().encode('ok'), { contentType: 'image/jpeg', signal });
    const data: JobData = {
      v: 1,
      input: { key: input },
      output: { prefix: `results/${name}/single/` },
      options: parseOptionsSchema.parse({}),
      createdAt: new Date().toISOString(),
    };
    const jobId = createJobId();
    const { redis } = bench.jobs;
    const own = openQueue(queue.name, { connection: redis, prefix: name });
    await enqueueJob({ id: jobId, data, class: 'single' }, { queue: own, redis, keys: bench.keys });
    await own.close();
    return jobId;
  }

  async function jobOf(id: string): Promise<Job> {
    return (await bench.jobs.queue.getJob(id)) as Job;
  }
});

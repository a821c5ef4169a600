/** One owner with more work than everybody together, and another with a little; real workers and dispatchers. */
import { createBatchId, createJobId, parseOptionsSchema, type JobClass, type JobData } from '@m2fp/contract';
import { enqueueJobs } from '@m2fp/queue/jobs';
import { openQueue } from '@m2fp/queue/open-queue';
import type { TurnParts } from '@m2fp/queue/turns';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
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

function openParts(): TurnParts {
  const { redis, queue, name } = bench.jobs;
  const own = openQueue(queue.name, { connection: redis, prefix: name });
  onTestFinished(() => own.close());
  return { queue: own, redis, keys: bench.keys };
}

async function addJobs(owner: string, jobClass: JobClass, photos: readonly string[], parts: TurnParts) {
  const jobs = photos.map((key) => {
    const id = createJobId();
    const data: JobData = {
      ...{ v: 1, owner, input: { key }, output: { prefix: `results/${bench.jobs.name}/${id}/` } },
      ...{ options: parseOptionsSchema.parse({}), createdAt: new Date().toISOString() },
    };
    return { id, data, class: jobClass };
  });
  await enqueueJobs(jobs, parts);
  return jobs.map(({ id }) => id);
}

const repeat = (photo: string, count: number): string[] => Array.from({ length: count }, () => photo);

it('a single photo waits for one of another owner’s at most, besides those that the workers already have', async () => {
  const parts = openParts();
  const gate = createGate();
  const [ok = '', failing = '', blocking = ''] = await bench.putPhotos(['ok', 'fail internal', gate.photo]);
  const first = await addJobs('a', 'interactive', [...repeat(failing, 10), ...repeat(blocking, 2)], parts);
  const worker = await startWorkerProcess('scripted', bench.jobs.workerEnv({ CONCURRENCY: '2' }));
  await until(async () => {
    const blocked = await Promise.all(first.slice(-2).map((id) => bench.jobs.queue.getJobState(id)));
    return (await worker.stats()).jobs.active === 2 && blocked.every((state) => state === 'active');
  });
  for (const jobClass of ['interactive', 'single', 'batch'] as const) {
    await addJobs('a', jobClass, [...repeat(failing, 10), ...repeat(ok, 500)], parts);
  }
  // The worker finds them due when it looks for its next job.
  await until(async () => (await delayedMs()).every((at) => at < Date.now()));
  const [single = ''] = await addJobs('b', 'single', [ok], parts);
  await gate.open();
  await until(async () => (await bench.jobs.queue.getJobState(single)) === 'completed');
  const { timestamp: postedAt = 0, processedOn: startedAt = 0 } = (await bench.jobs.queue.getJob(single)) ?? {};
  const photos = await bench.jobs.queue.getJobs(['completed', 'failed', 'delayed', 'active'], 0, -1);
  const between = photos.filter(({ processedOn = 0 }) => processedOn > postedAt && processedOn < startedAt);
  // One of the other owner's may have joined in the same round; those that are tried again do not get ahead.
  expect(between.length, 'photos taken after it was posted and before it').toBeLessThanOrEqual(1);
});

/** When each job that is tried again is due. */
async function delayedMs(): Promise<number[]> {
  const scores = await bench.jobs.redis.zrange(bench.jobs.queue.toKey('delayed'), 0, '-1', 'WITHSCORES');
  return scores.filter((_, place) => place % 2 === 1).map((score) => Number(score) / 4_096);
}

it('a batch starts although another owner has more open than run at a time, and all of those start too', async () => {
  const [photo = ''] = await bench.putPhotos(['ok']);
  const many: string[] = [];
  for (let made = 0; made < 30; made++) many.push(await bench.createBatch({ keys: [photo] }, { owner: 'a' }));
  const dispatcher = await bench.startDispatcher({ BATCH_CONCURRENCY: '2' });
  // No worker runs, so none of them ends.
  const isStarted = async (id: string) => (await bench.batches.find(id))?.status === 'processing';
  await until(() => isStarted(many[0] ?? ''));
  const one = await bench.createBatch({ keys: [photo] }, { owner: 'b' });
  await until(() => isStarted(one));
  const started = await Promise.all(many.map(isStarted));
  expect(started.filter((is) => !is).length).toBeGreaterThan(10);
  await until(async () => (await Promise.all(many.map(isStarted))).every(Boolean));
  // Others go on with them after a restart.
  await bench.stop(dispatcher);
  await bench.startDispatcher({ BATCH_CONCURRENCY: '2' });
  await startWorkerProcess('scripted', bench.jobs.workerEnv());
  for (const id of [...many, one]) expect(await bench.finalBatch(id)).toMatchObject({ succeeded: 1 });
});

it('an owner’s open batches share one window of the queue', async () => {
  const [photo = ''] = await bench.putPhotos(['ok']);
  const limits = { batches: 50, photos: 10_000 };
  const many: string[] = [];
  for (let made = 0; made < 10; made++) {
    many.push(await bench.createBatch({ keys: repeat(photo, 40) }, { owner: 'a', limits }));
  }
  await bench.startDispatcher({ BATCH_WINDOW: '20' });
  // No worker runs, so none of them ends.
  const isStarted = async (id: string) => (await bench.batches.find(id))?.status === 'processing';
  await until(async () => (await Promise.all(many.map(isStarted))).every(Boolean));
  expect(await bench.jobs.queue.getJobCountByTypes('wait', 'prioritized', 'delayed')).toBeLessThanOrEqual(20);
  await startWorkerProcess('scripted', bench.jobs.workerEnv());
  for (const id of many) expect(await bench.finalBatch(id)).toMatchObject({ succeeded: 40 });
});

it('long keys count as more photos, until their batch ends', async () => {
  const limits = { batches: 50, photos: 100 };
  const spec = { owner: 'a', limits };
  const long = (count: number) => ({ keys: repeat(`inputs/${'x'.repeat(1_000)}`, count) });
  const add = async (count: number, more: object) => {
    const id = createBatchId();
    const base = { v: 1, output: { prefix: 'results/' }, createdAt: new Date().toISOString() } as const;
    const options = parseOptionsSchema.parse({});
    const reached = await bench.batches.create({ id, spec: { ...base, options, ...spec, ...more }, ...long(count) });
    return { id, reached };
  };
  expect((await add(20, {})).reached).toBe('photos');
  const { id, reached } = await add(10, {});
  expect(reached).toBeUndefined();
  expect((await add(10, {})).reached).toBe('photos');
  const batch = await bench.batches.find(id);
  if (batch === undefined) throw new Error('The batch is gone.');
  // With nine outcomes its keys are still there.
  await bench.jobs.redis.hset(bench.keys.batch(id), 'failed', 9);
  await bench.batches.recount({ ...batch, failed: 9 });
  expect((await add(10, {})).reached).toBe('photos');
  await bench.batches.finish(batch, 'canceled', {});
  expect((await add(10, {})).reached).toBeUndefined();
});

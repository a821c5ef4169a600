/** Workers and dispatchers as processes and services: what they leave in Redis of the jobs that they end. */
import { batchJobId } from '@m2fp/contract';
import { readJobRecord } from '@m2fp/queue/jobs';
import { unsettledOf } from '@m2fp/queue/retention';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
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

const startWorker = () => startWorkerProcess('scripted', bench.jobs.workerEnv());
const settled = async (id: string): Promise<boolean> =>
  (await unsettledOf(bench.jobs.queue, bench.jobs.redis, [id])).length === 0;
const exists = async (id: string): Promise<boolean> =>
  (await readJobRecord(bench.jobs.queue, bench.jobs.redis, id)) !== undefined;

describe('a job', () => {
  it('is packed by the worker that ends it, well or badly', async () => {
    await startWorker();
    const jobs = [await bench.jobs.enqueue('ok'), await bench.jobs.enqueue('fail image_unreadable')];
    for (const { id } of jobs) await until(() => settled(id));
    expect(await jobs[0]?.result()).toMatchObject({ people: 1 });
    expect(await jobs[1]?.error()).toMatchObject({ code: 'image_unreadable' });
  });

  it('with a webhook is kept until it is told, even if its owner may keep only one', async () => {
    await startWorkerProcess('scripted', bench.jobs.workerEnv({ OWNER_RETAINED_JOBS: '1' }));
    const receiver = await startReceiver();
    try {
      const webhook = { url: receiver.url, events: ['job.succeeded' as const] };
      const owned = { owner: 'studio' };
      const told = await bench.jobs.enqueue('ok', { webhook, owned });
      await told.result();
      for (let count = 0; count < 3; count++) await (await bench.jobs.enqueue('ok', { owned })).result();
      expect(await exists(told.id)).toBe(true);
      await bench.startDispatcher();
      await receiver.called(1);
      expect(await bench.finalDelivery(told.id)).toMatchObject({ status: 'delivered' });
    } finally {
      await receiver.close();
    }
  });
});

describe('a batch', () => {
  it('has its outcomes in its manifest, and its photos’ jobs are packed and released', async () => {
    await bench.startDispatcher();
    await startWorker();
    const keys = await bench.putPhotos(['ok', 'fail image_too_large', 'ok']);
    const id = await bench.createBatch({ keys });
    const manifest = await bench.manifest(await bench.finalBatch(id));
    expect(manifest.map(({ index, key, job_id: job, status }) => [index, key, job, status])).toEqual([
      [0, keys[0], batchJobId(id, 0), 'succeeded'],
      [1, keys[1], batchJobId(id, 1), 'failed'],
      [2, keys[2], batchJobId(id, 2), 'succeeded'],
    ]);
    for (const { job_id: job } of manifest) await until(() => settled(job ?? ''));
  });
});

describe('a dispatcher that is told how old results may get', () => {
  it('removes them once they are older', async () => {
    await startWorker();
    const job = await bench.jobs.enqueue('ok');
    await job.result();
    expect(Object.keys(await bench.jobs.results(job))).toContain('masks.json');
    await bench.startDispatcher({
      ...{ OUTPUT_PREFIX: job.prefix, RESULT_RETENTION_S: '1', SWEEP_INTERVAL_MS: '50' },
    });
    // One may go between the list and the read.
    await until(async () => Object.keys(await bench.jobs.results(job).catch(() => ({ some: 1 }))).length === 0);
  });
});

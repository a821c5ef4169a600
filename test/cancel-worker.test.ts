/**
 * Cancel, with real Redis, S3 and processes: waiting jobs never run, running ones are stopped, nothing is left behind.
 */
import { redisKeys } from '@m2fp/contract';
import { startFaultyS3 } from '@m2fp/dev-services/faults';
import { createS3Storage, removeResults } from '@m2fp/storage';
import { cancelJob, type CancelParts } from '@m2fp/queue/jobs';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { isAlive } from '../packages/core/testing/process/is-alive.ts';
import { createJobBench, type JobBench } from './support/worker/job-bench.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

let bench: JobBench;
let parts: CancelParts & { redis: Redis };

beforeEach(() => {
  useBench(createJobBench());
});
afterEach(async () => {
  await endWorkers();
  await closeBench();
});

function useBench(next: JobBench): void {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
  const credentials = { accessKeyId, secretAccessKey };
  const storage = createS3Storage({ endpoint, region, bucket, forcePathStyle: true, credentials });
  bench = next;
  parts = {
    queue: bench.queue,
    redis: new Redis(inject('redisUrl')),
    keys: redisKeys(bench.queue.opts.prefix),
    removeResults: (data) => removeResults(data, storage, 5_000),
    ended: bench.ended,
  };
}

async function closeBench(): Promise<void> {
  parts.redis.disconnect();
  await bench.close();
}

const start = (changes: NodeJS.ProcessEnv = {}) => startWorkerProcess('scripted', bench.workerEnv(changes));
const canceled = { code: 'canceled', message: 'The job was canceled.' };

describe('a job that waits', () => {
  it('never runs once it is canceled, in whatever state it waits', async () => {
    const plain = await bench.enqueue('ok');
    const prioritized = await bench.enqueue('ok', { priority: 10 });
    const delayed = await bench.enqueue('ok', { delay: 3_600_000 });
    for (const job of [plain, prioritized, delayed]) {
      expect(await cancelJob(job.id, parts)).toBe('canceled');
      expect(await job.error()).toEqual(canceled);
    }
    const worker = await start();
    await (await bench.enqueue('ok')).result();
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 1, failed: 0, retried: 0 });
    for (const job of [plain, prioritized, delayed]) expect(await bench.results(job)).toEqual({});
  });

  it('stays canceled when the process that canceled it died in between', async () => {
    const job = await bench.enqueue('ok');
    await parts.redis.set(parts.keys.cancelFlag(job.id), '1');
    await start();
    expect(await job.error()).toEqual(canceled);
    expect(await bench.results(job)).toEqual({});
  });

  it('loses what an earlier attempt stored', async () => {
    const s3 = await startFaultyS3(inject('s3').endpoint);
    try {
      await closeBench();
      useBench(createJobBench({ s3Endpoint: s3.endpoint }));
      s3.fault = ({ method, path }) => (method === 'PUT' && path.includes('masks.json') ? 'error' : undefined);
      await start();
      const job = await bench.enqueue('ok', { retryDelayMs: 3_600_000 });
      await until(async () => (await job.state()) === 'delayed');
      expect(Object.keys(await bench.results(job))).toEqual(['colormap.png', 'instances.png']);
      expect(await cancelJob(job.id, parts)).toBe('canceled');
      expect(await bench.results(job)).toEqual({});
    } finally {
      await s3.close();
    }
  });
});

describe('a job that runs', () => {
  it('has its process killed, whichever worker it is on, and the worker continues', async () => {
    const workers = [await start({ CONCURRENCY: '1' }), await start({ CONCURRENCY: '1' })];
    const jobs = [await bench.enqueue('hang'), await bench.enqueue('hang')];
    const parsers = await Promise.all(workers.map((worker) => worker.busyParser()));
    for (const job of jobs) expect(await cancelJob(job.id, parts)).toBe('stopping');
    for (const job of jobs) expect(await job.error()).toEqual(canceled);
    expect(parsers.filter(isAlive)).toEqual([]);
    for (const job of jobs) expect(await bench.results(job)).toEqual({});
    await (await bench.enqueue('ok')).result();
  });

  it('is stopped even though its worker missed the message on the channel', async () => {
    const worker = await start();
    const job = await bench.enqueue('hang');
    await worker.busyParser();
    await parts.redis.set(parts.keys.cancelFlag(job.id), '1');
    expect(await job.error()).toEqual(canceled);
  });

  it('may be canceled repeatedly and concurrently', async () => {
    const worker = await start();
    const job = await bench.enqueue('hang');
    await worker.busyParser();
    await Promise.all([1, 2, 3].map(() => cancelJob(job.id, parts)));
    expect(await job.error()).toEqual(canceled);
    expect(await cancelJob(job.id, parts)).toBe('finished');
    expect((await worker.stats()).jobs).toMatchObject({ failed: 1, retried: 0 });
  });
});

it('a job that is done stays done', async () => {
  await start();
  const job = await bench.enqueue('ok');
  await job.result();
  expect(await cancelJob(job.id, parts)).toBe('finished');
  expect(Object.keys(await bench.results(job))).toContain('masks.json');
});

it('a job that does not exist is not canceled', async () => {
  expect(await cancelJob('job_00000000000000000000000000000000', parts)).toBe('unknown');
});

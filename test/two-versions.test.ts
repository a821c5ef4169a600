/** Two versions at once: what the worker of one makes of jobs that the API or the dispatcher of another made. */
import type { JobData } from '@m2fp/contract';
import { readJobRecord } from '@m2fp/queue/jobs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJobBench, type JobBench } from './support/worker/job-bench.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

let bench: JobBench;
beforeEach(() => {
  bench = createJobBench();
});
afterEach(async () => {
  await endWorkers();
  await bench.close();
});

/** What the API of this version would have queued for a photo that can be parsed. */
async function queuedData(): Promise<JobData> {
  const job = await bench.enqueue('ok');
  const found = await bench.queue.getJob(job.id);
  await found?.remove();
  return found?.data as JobData;
}

test.each([
  ['of a higher version', (data: JobData) => ({ v: 2, photo: data.input.key })],
  ['with an option that it does not know', (data: JobData) => ({ ...data, options: { ...data.options, min_area: 4 } })],
])('a job %s waits for a worker of that version, and others are done meanwhile', async (_, later) => {
  const data = await queuedData();
  const job = await bench.enqueue('ok', { data: later(data) });
  const worker = await startWorkerProcess('scripted', bench.workerEnv());
  await (await bench.enqueue('ok')).result();
  await until(async () => (await worker.stats()).jobs.handedBack > 1);
  await until(async () => (await job.state()) === 'delayed');
  expect(await job.attemptsMade()).toBe(0);

  // As a worker of the later version reads it.
  await (await bench.queue.getJob(job.id))?.updateData(data);
  await job.result();
  const record = await readJobRecord(bench.queue, bench.redis, job.id);
  expect(record?.attempts, 'starts; being left to others counts as none').toBe(1);
  expect((await worker.stats()).jobs).toMatchObject({ failed: 0, retried: 0, succeeded: 2 });
});

test('a job of an earlier version, which says less, is done', async () => {
  const { v, input, output, createdAt } = await queuedData();
  const job = await bench.enqueue('ok', { data: { v, input, output, createdAt, options: { outputs: ['masks'] } } });
  await startWorkerProcess('scripted', bench.workerEnv());
  await job.result();
});

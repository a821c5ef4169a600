/** The worker as a service: idle until needed, refused when configured wrongly, figures on its health port. */
import { startProcess } from '@m2fp/dev-services';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createGate } from './support/worker/gate.ts';
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

describe('a worker', () => {
  it('has no parser process before its first job', async () => {
    const worker = await startWorkerProcess('scripted', bench.workerEnv());
    expect((await worker.stats()).parsers).toMatchObject({ started: 0, processes: [] });
    await (await bench.enqueue('ok')).result();
    expect((await worker.stats()).parsers).toMatchObject({ started: 1, processes: [{ photos: 1 }] });
  });

  it('takes as many jobs at a time as its concurrency allows', async () => {
    const worker = await startWorkerProcess('scripted', bench.workerEnv({ CONCURRENCY: '3', PARSER_PROCESSES: '2' }));
    const gate = createGate();
    const jobs = await Promise.all([gate, gate, gate].map(({ photo }) => bench.enqueue(photo)));
    await until(async () => (await worker.stats()).jobs.active === 3);
    await gate.open();
    await Promise.all(jobs.map((job) => job.result()));
    expect((await worker.stats()).parsers.started).toBe(2);
  });

  it('reports its figures', async () => {
    const worker = await startWorkerProcess('scripted', bench.workerEnv());
    await (await bench.enqueue('ok')).result();
    const stats = await worker.stats();
    expect(stats.jobs).toEqual({ active: 0, succeeded: 1, failed: 0, retried: 0, handedBack: 0 });
    expect(stats.rssBytes).toBeGreaterThan(0);
    expect(Object.keys(stats.eventLoopDelayMs)).toEqual(['mean', 'p99', 'max']);
  });

  it('starts without Redis and waits for it', async () => {
    const worker = await startWorkerProcess('scripted', bench.workerEnv({ REDIS_URL: 'redis://127.0.0.1:1' }));
    const ready = await fetch(`${worker.healthUrl}/readyz`);
    expect(ready.status).toBe(503);
    const unreachable = { status: 'unavailable', missing: ['redis'], reasons: { redis: 'unreachable' } };
    expect(await ready.json()).toEqual(unreachable);
    // If told to stop, it would first wait for a Redis that never comes.
    await worker.stop(0);
  });

  it('is refused with one message when it is configured wrongly', async () => {
    const worker = await startProcess(process.execPath, [inject('programs').worker], {
      env: { PATH: process.env['PATH'], REDIS_URL: 'nowhere', CONCURRENCY: 'many' },
    });
    await expect(worker.exited).resolves.toMatchObject({ code: 1 });
    const lines = worker.recentOutput().split('\n');
    expect(lines.map((line) => line.split(':')[0]?.trim())).toEqual([
      'The worker cannot start',
      'REDIS_URL',
      'CONCURRENCY',
      'S3_BUCKET',
    ]);
    await worker.stop();
  });
});

/**
 * What can go wrong around a job, with real Redis, real S3 and real processes: nothing is lost, and nothing is done
 * twice.
 */
import { startRedis } from '@m2fp/dev-services';
import { startFaultyS3, startTcpLink } from '@m2fp/dev-services/faults';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGate } from './support/worker/gate.ts';
import { createJobBench, type JobBench, type TestJob } from './support/worker/job-bench.ts';
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

const start = (changes: NodeJS.ProcessEnv = {}) => startWorkerProcess('scripted', bench.workerEnv(changes));

async function expectOneSet(job: TestJob): Promise<void> {
  expect(Object.keys(await bench.results(job))).toEqual(['colormap.png', 'instances.png', 'masks.json']);
}

describe('a job', () => {
  it('whose worker is killed finishes on another', async () => {
    const first = await start();
    const gate = createGate();
    const job = await bench.enqueue(gate.photo);
    await first.busyParser();
    process.kill(first.pid, 'SIGKILL');
    const second = await start();
    await second.busyParser();
    await gate.open();
    await job.result();
    await expectOneSet(job);
    expect(await job.attemptsMade(), 'a worker’s death is not the job’s failure').toBe(1);
  });

  it('whose parser process is killed succeeds on the next attempt', async () => {
    const worker = await start();
    const gate = createGate();
    const job = await bench.enqueue(gate.photo);
    process.kill(await worker.busyParser(), 'SIGKILL');
    await gate.open();
    await job.result();
    await expectOneSet(job);
    expect((await worker.stats()).jobs).toMatchObject({ retried: 1, succeeded: 1, failed: 0 });
  });

  it('whose parser process hangs is stopped at its limit each time, and fails as a timeout', async () => {
    await start({ JOB_TIMEOUT_MS: '1000' });
    const hanging = await bench.enqueue('hang', { attempts: 2 });
    const next = await bench.enqueue('ok');
    await expect(hanging.error()).resolves.toMatchObject({ code: 'timeout' });
    expect(await hanging.attemptsMade()).toBe(2);
    expect(await bench.results(hanging)).toEqual({});
    await next.result();
  });

  it('whose photo takes too long to decode fails at once, and its process, which goes on, is gone', async () => {
    const worker = await start();
    const slow = await bench.enqueue('late', { attempts: 3 });
    await expect(slow.error()).resolves.toMatchObject({ code: 'timeout' });
    expect(await slow.attemptsMade()).toBe(1);
    await (await bench.enqueue('ok')).result();
    const { parsers, jobs } = await worker.stats();
    expect(parsers).toMatchObject({ started: 2, lost: 1 });
    expect(jobs).toMatchObject({ retried: 0, failed: 1, succeeded: 1 });
  });

  it('that crashes its process at every attempt fails as internal, and the next one runs', async () => {
    await start();
    const crashing = await bench.enqueue('crash', { attempts: 2 });
    const next = await bench.enqueue('ok');
    await expect(crashing.error()).resolves.toMatchObject({ code: 'internal' });
    await next.result();
  });

  it('that no attempt can fix fails immediately, with its code', async () => {
    await start({ MAX_IMAGE_BYTES: '40' });
    const codes = ['image_unreadable', 'unsupported_format', 'image_too_large', 'model_unavailable'];
    const jobs = await Promise.all(codes.map((code) => bench.enqueue(`fail ${code}`)));
    expect(await Promise.all(jobs.map((job) => job.error().then(({ code }) => code)))).toEqual(codes);

    const large = await bench.enqueue('ok with more bytes than are allowed in this test');
    await expect(large.error()).resolves.toMatchObject({ code: 'image_too_large' });
    const gone = await bench.enqueue('ok', { inputKey: 'inputs/there-is-none' });
    await expect(gone.error()).resolves.toMatchObject({ code: 'input_not_found' });
    const strange = await bench.enqueue('ok', { data: { v: 1, input: 'photo.jpg' } });
    const { code, message } = await strange.error();
    expect(code).toBe('invalid_request');
    expect(message).toContain('input');

    for (const job of [...jobs, large, gone, strange]) expect(await job.attemptsMade()).toBe(1);
    await (await bench.enqueue('ok')).result();
  });

  it('fails for good if worker after worker dies of it', async () => {
    const job = await bench.enqueue(createGate().photo);
    for (let death = 0; death < 2; death++) {
      const worker = await start({ MAX_STALLED_COUNT: '1' });
      await worker.busyParser();
      process.kill(worker.pid, 'SIGKILL');
    }
    await start({ MAX_STALLED_COUNT: '1' });
    await until(async () => (await job.state()) === 'failed');
  });

  it('reports its progress', async () => {
    await start();
    const gate = createGate();
    const job = await bench.enqueue(gate.photo);
    await until(async () => typeof (await job.progress()) === 'object');
    expect(await job.progress()).toMatchObject({ stage: 'fetched' });
    await gate.open();
    const result = await job.result();
    expect(Object.keys(result.timings).sort()).toEqual(['fetch', 'load', 'network', 'store', 'wait']);
  });
});

describe('S3 that answers 500', () => {
  it('twice makes no difference', async () => {
    const s3 = await startFaultyS3(bench.workerEnv()['S3_ENDPOINT'] ?? '');
    await start({ S3_ENDPOINT: s3.endpoint });
    s3.fault = ({ path }) => (path.includes('inputs/') && s3.failures.length < 2 ? 'error' : undefined);
    const job = await bench.enqueue('ok');
    await job.result();
    await expectOneSet(job);
    expect(s3.failures).toHaveLength(2);
    await s3.close();
  });

  it('throughout an attempt, after the first results are stored, is made up for by the next start', async () => {
    const s3 = await startFaultyS3(bench.workerEnv()['S3_ENDPOINT'] ?? '');
    const worker = await start({ S3_ENDPOINT: s3.endpoint });
    s3.fault = ({ method, path }) => (method === 'PUT' && path.includes('masks.json') ? 'error' : undefined);
    const job = await bench.enqueue('ok', { attempts: 1 });
    await until(async () => (await job.state()) === 'delayed');
    expect(await job.attemptsMade(), 'it is no failure of the job').toBe(0);
    expect(Object.keys(await bench.results(job))).toEqual(['colormap.png', 'instances.png']);
    s3.fault = () => undefined;
    await job.result();
    await expectOneSet(job);
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 1, retried: 0, failed: 0, handedBack: 1 });
    await s3.close();
  });

  it('for all requests costs no job anything but time: the worker takes none until S3 is back', async () => {
    const s3 = await startFaultyS3(bench.workerEnv()['S3_ENDPOINT'] ?? '');
    const worker = await start({ S3_ENDPOINT: s3.endpoint });
    s3.fault = () => 'error';
    const jobs = [await bench.enqueue('ok 1', { attempts: 1 })];
    await until(async () => (await worker.stats()).jobs.handedBack === 1);
    jobs.push(await bench.enqueue('ok 2', { attempts: 1 }), await bench.enqueue('ok 3', { attempts: 1 }));
    const readiness = await fetch(`${worker.healthUrl}/readyz`);
    expect(await readiness.json()).toMatchObject({ missing: ['storage'], reasons: { storage: 'failing' } });
    expect((await fetch(`${worker.healthUrl}/healthz`)).status).toBe(200);
    s3.fault = () => undefined;
    for (const job of jobs) await job.result();
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 3, retried: 0, failed: 0 });
    await s3.close();
  });
});

describe('Redis that goes down', () => {
  it('between two jobs and comes back empty is used again', async () => {
    const before = await startRedis();
    const proxy = await startTcpLink(portOf(before.url));
    await bench.close();
    bench = createJobBench({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
    const worker = await start();
    await (await bench.enqueue('ok first')).result();

    proxy.disconnect();
    await before.stop();
    await until(async () => (await fetch(`${worker.healthUrl}/readyz`)).status === 503);
    expect((await fetch(`${worker.healthUrl}/healthz`)).status, 'starting again would not help').toBe(200);
    const after = await startRedis();
    proxy.connectTo(portOf(after.url));

    const job = await bench.enqueue('ok second');
    await job.result();
    await expectOneSet(job);
    await expect.poll(async () => (await fetch(`${worker.healthUrl}/readyz`)).status).toBe(200);
    await endWorkers();
    await bench.close();
    bench = createJobBench();
    await proxy.close();
    await after.stop();
  });

  it('while a photo is being parsed loses nothing', async () => {
    const proxy = await startTcpLink(portOf(bench.workerEnv()['REDIS_URL'] ?? ''));
    const worker = await start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const gate = createGate();
    const job = await bench.enqueue(gate.photo);
    await worker.busyParser();
    proxy.disconnect();
    await until(async () => (await bench.redis.exists(bench.queue.toKey(`${job.id}:lock`))) === 0);
    proxy.connectTo(portOf(bench.workerEnv()['REDIS_URL'] ?? ''));
    await gate.open();
    await job.result();
    await expectOneSet(job);
    await proxy.close();
  });
});

describe('a worker told to stop', () => {
  it('finishes what it has started, takes no more, and exits with 0', async () => {
    const worker = await start({ CONCURRENCY: '1', SHUTDOWN_TIMEOUT_MS: '600000' });
    const gate = createGate();
    const running = await bench.enqueue(gate.photo);
    const waiting = await bench.enqueue('ok');
    await worker.busyParser();
    process.kill(worker.pid, 'SIGTERM');
    await until(() => worker.log.some(({ msg }) => msg === 'stopping'));
    await gate.open();
    await expect(worker.exited).resolves.toMatchObject({ code: 0 });
    expect(await running.state()).toBe('completed');
    expect(await waiting.state()).toBe('waiting');
  });

  it('hands back what does not finish in time to other workers, and exits with 0', async () => {
    const worker = await start({ SHUTDOWN_TIMEOUT_MS: '100' });
    const gate = createGate();
    const job = await bench.enqueue(gate.photo);
    await worker.busyParser();
    process.kill(worker.pid, 'SIGTERM');
    await expect(worker.exited).resolves.toMatchObject({ code: 0 });
    expect(await job.state()).toBe('waiting');
    expect(await job.attemptsMade()).toBe(0);
    await gate.open();
    await start();
    await job.result();
    await expectOneSet(job);
  });

  it('does not wait if told a second time', async () => {
    const worker = await start({ SHUTDOWN_TIMEOUT_MS: '600000' });
    await bench.enqueue(createGate().photo);
    await worker.busyParser();
    process.kill(worker.pid, 'SIGTERM');
    await until(() => worker.log.some(({ msg }) => msg === 'stopping'));
    process.kill(worker.pid, 'SIGINT');
    await expect(worker.exited).resolves.toMatchObject({ code: 1 });
  });

  it('with no running job exits with 0 even though Redis is down', async () => {
    const proxy = await startTcpLink(portOf(bench.workerEnv()['REDIS_URL'] ?? ''));
    const worker = await start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    await until(async () => (await fetch(`${worker.healthUrl}/readyz`)).status === 200);
    proxy.disconnect();
    process.kill(worker.pid, 'SIGTERM');
    await expect(worker.exited).resolves.toMatchObject({ code: 0 });
    await proxy.close();
  });
});

function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** Jobs over HTTP as clients live with them: cancel, live events, keys for sending again, lists; all services real. */
import { setTimeout as sleep } from 'node:timers/promises';
import { anonymousOwner, queueName, redisKeys } from '@m2fp/contract';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { idempotencyConformance } from '../apps/api/testing/idempotency-conformance.ts';
import { RedisIdempotencyStore } from '../apps/api/src/idempotency/redis-store.ts';
import { createLogger } from '@m2fp/service/logger';
import { connectRedis, disconnectRedis, redisOptions } from '@m2fp/service/redis';
import { readEvents, type ReceivedEvent } from '../apps/api/testing/read-events.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { createJob, readJob, scriptedPhoto } from './support/api/scripted-photo.ts';
import { startSwitchProxy } from './support/worker/switch-proxy.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

async function start(changes: NodeJS.ProcessEnv = {}): Promise<ApiProcess> {
  const api = await startApi(changes);
  await waitUntilReady(api);
  return api;
}

const startWorker = (api: ApiProcess, changes: NodeJS.ProcessEnv = {}) =>
  startWorkerProcess('scripted', { ...api.env, PORT: undefined, ...changes });

const cancel = (api: ApiProcess, id: string) => fetch(`${api.url}/v1/jobs/${id}/cancel`, { method: 'POST' });

async function untilStatus(api: ApiProcess, id: string, status: string): Promise<void> {
  await until(async () => (await readJob(api, id))['status'] === status);
}

describe('cancel', () => {
  test('of a waiting job: it never runs', async () => {
    const api = await start();
    const { id } = await createJob(api, 'ok');
    expect(await (await cancel(api, id)).json()).toMatchObject({ status: 'canceled' });
    const worker = await startWorker(api);
    await untilStatus(api, (await createJob(api, 'ok')).id, 'succeeded');
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 1, failed: 0 });
    expect((await fetch(`${api.url}/v1/jobs/${id}/files/masks`)).status).toBe(404);
  });

  test('of a running job: it is stopped within a second, and leaves no results', async () => {
    const api = await start();
    const worker = await startWorker(api);
    const { id } = await createJob(api, 'hang');
    await worker.busyParser();
    const response = await cancel(api, id);
    // 202 where the worker is not as quick as it has to be.
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'canceled', error: { code: 'canceled' } });
    expect((await cancel(api, id)).status).toBe(200);
    expect((await api.keys()).filter((key) => key.startsWith(api.prefixes.output))).toEqual([]);
  });
});

describe('live events', () => {
  async function collect(api: ApiProcess, id: string, headers: Record<string, string> = {}): Promise<ReceivedEvent[]> {
    const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { headers });
    const events: ReceivedEvent[] = [];
    if (response.status !== 204) for await (const event of readEvents(response)) events.push(event);
    return events;
  }

  test('tell each step to the end, on an API that did not create the job too', async () => {
    const api = await start();
    const other = await start({ ...api.env, PORT: '0' });
    const { id } = await createJob(api, 'sleep 300');
    const streams = [collect(api, id), collect(other, id)];
    await startWorker(api);
    for (const events of await Promise.all(streams)) {
      expect(events[0]).toMatchObject({ event: 'state', id: '500', data: { queue: { position: 1 } } });
      expect(events.map(({ event }) => event)).toContain('progress');
      expect(events.at(-1)).toMatchObject({ event: 'done', id: '1999', data: { status: 'succeeded' } });
      const ids = events.map((event) => Number(event.id));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
    expect(await collect(other, id, { 'last-event-id': '1010' })).toMatchObject([{ event: 'done' }]);
    expect(await collect(api, id, { 'last-event-id': '1999' })).toEqual([]);
  });

  test('end when the API stops, and do not hold it up', async () => {
    const api = await start();
    const { id } = await createJob(api, 'ok');
    const events = collect(api, id);
    await until(() => api.output().includes(`/v1/jobs/${id}/events`));
    process.kill(api.pid, 'SIGTERM');
    expect(await events).toHaveLength(1);
    expect(await api.exited).toMatchObject({ code: 0 });
  });
});

test('while it waits, a job tells its place and about how long it takes', async () => {
  const api = await start();
  await startWorker(api, { CONCURRENCY: '1' });
  await untilStatus(api, (await createJob(api, 'sleep 500')).id, 'succeeded');
  const running = await createJob(api, 'sleep 60000');
  await untilStatus(api, running.id, 'processing');
  const waiting = [await createJob(api, 'ok'), await createJob(api, 'ok')];
  const last = await readJob(api, waiting[1]?.id ?? '');
  expect(last).toMatchObject({ queue: { position: 2 } });
  const { estimated_wait_s: seconds } = last['queue'] as { estimated_wait_s: number };
  expect(seconds).toBeGreaterThanOrEqual(1);
});

describe('the same Idempotency-Key', () => {
  test('makes one job and keeps one photo, however many send it at once to whichever API', async () => {
    const api = await start();
    const other = await start({ ...api.env, PORT: '0' });
    const headers = { 'idempotency-key': 'order-4711' };
    const sent = Array.from({ length: 20 }, (_, index) => createJob(index % 2 === 0 ? api : other, 'ok', headers));
    const jobs = await Promise.all(sent);
    for (const job of jobs) expect(job).toEqual(jobs[0]);
    expect(await api.keys()).toEqual([`${api.prefixes.upload}${jobs[0]?.id}`]);
    const listed = (await (await fetch(`${api.url}/v1/jobs`)).json()) as { jobs: unknown[] };
    expect(listed.jobs).toHaveLength(1);

    await startWorker(api);
    await untilStatus(api, jobs[0]?.id ?? '', 'succeeded');
    expect(await createJob(other, 'ok', headers)).toEqual(jobs[0]);
    await expect(createJob(other, 'sleep 1', headers)).rejects.toThrow('idempotency_mismatch');
  });

  test('is kept for 24 hours from the create on, and for no longer', async () => {
    const api = await start();
    const redis = new Redis(inject('redisUrl'));
    onTestFinished(() => redis.disconnect());
    await createJob(api, 'ok', { 'idempotency-key': 'order-4712' });
    const leftMs = await redis.pttl(redisKeys(api.env['QUEUE_PREFIX'] ?? '').idempotency(anonymousOwner, 'order-4712'));
    expect(leftMs).toBeLessThanOrEqual(24 * 3_600_000);
    // What the test itself may take is no part of it.
    expect(leftMs).toBeGreaterThan(23 * 3_600_000);
  });

  describe('in Redis', () => {
    idempotencyConformance(async () => {
      const settings = redisOptions(inject('redisUrl'), { whileAway: 'fail', answerMs: 1_000 });
      const connection = connectRedis(settings, createLogger('silent', {}));
      await until(() => connection.status === 'ready');
      const prefix = `test-${crypto.randomUUID()}`;
      const store = new RedisIdempotencyStore(connection, { prefix, timeoutMs: 1_000 });
      return { store, close: () => disconnectRedis(connection) };
    });
  });
});

test('a list has the jobs, newest first, by status, page by page', async () => {
  const api = await start();
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.unshift((await createJob(api, 'ok')).id);
  await cancel(api, ids[2] ?? '');
  const list = async (query: string) => {
    const response = await fetch(`${api.url}/v1/jobs?${query}`);
    return (await response.json()) as { jobs: { id: string }[]; next_cursor: string };
  };
  const first = await list('limit=3');
  const second = await list(`limit=3&cursor=${first.next_cursor}`);
  expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(ids);
  expect(second.next_cursor).toBeNull();
  expect((await list('status=canceled')).jobs.map(({ id }) => id)).toEqual([ids[2]]);
});

test('a job that is no longer kept is expired, one that never was is not found', async () => {
  const api = await start();
  const { id } = await createJob(api, 'ok');
  const queue = new Queue(queueName('portrait'), {
    prefix: api.env['QUEUE_PREFIX'] ?? '',
    connection: { url: inject('redisUrl') },
  });
  onTestFinished(() => queue.close());
  await queue.remove(id);
  expect(await readJob(api, id)).toMatchObject({ status: 404, code: 'expired' });
  expect(await readJob(api, `job_${'0'.repeat(32)}`)).toMatchObject({ status: 404, code: 'not_found' });
});

test('while Redis is away under load requests fail fast, and all that was accepted is done in the end', async () => {
  const redisPort = Number(new URL(inject('redisUrl')).port);
  const proxy = await startSwitchProxy(redisPort);
  onTestFinished(() => proxy.close());
  // So long that refusals which waited for Redis would take more time than the test has.
  const api = await start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}`, QUEUE_TIMEOUT_MS: '60000' });
  await startWorker(api, { PARSER_PROCESSES: '2' });
  const key = `${api.prefixes.input}photo.jpg`;
  await api.putObject(key, scriptedPhoto('sleep 20'));
  const accepted: string[] = [];
  let refused = 0;
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ input: { key } });
      const response = await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body });
      const job = (await response.json()) as { id?: string };
      expect([202, 503]).toContain(response.status);
      if (job.id === undefined) refused++;
      else accepted.push(job.id);
      await sleep(50);
    }
  };
  const clients = Array.from({ length: 10 }, client);
  await until(() => accepted.length > 20);
  proxy.disconnect();
  await until(() => refused > 200);
  const before = accepted.length;
  proxy.connectTo(redisPort);
  await until(() => accepted.length > before + 20);
  isOver = true;
  await Promise.all(clients);
  for (const id of accepted) await untilStatus(api, id, 'succeeded');
});

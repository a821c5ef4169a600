/** Jobs over HTTP as clients use them: cancel, live events, idempotency keys, lists. All services are real. */
import { randomBytes, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, operations } from '@m2fp/client';
import { anonymousOwner, bounds, queueName, redisKeys } from '@m2fp/contract';
import { startTcpLink } from '@m2fp/dev-services/faults';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { idempotencyConformance } from '../apps/api/testing/idempotency-conformance.ts';
import { RedisIdempotencyStore } from '../apps/api/src/idempotency/idempotency-store.ts';
import { createClient, disconnectRedis } from '@m2fp/service/redis';
import { readEvents, type ReceivedEvent } from '../apps/api/testing/read-events.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { createJob, scriptedPhoto, untilStatus } from './support/api/scripted-photo.ts';
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

const cancel = (api: ApiProcess, id: string) =>
  api.client.api.POST('/v1/jobs/{id}/cancel', { params: { path: { id } } });

describe('cancel', () => {
  test('of a waiting job: it never runs', async () => {
    const api = await start();
    const { id } = await createJob(api, 'ok');
    expect(await api.client.jobs.cancel(id)).toMatchObject({ status: 'canceled' });
    const worker = await startWorker(api);
    await untilStatus(api, (await createJob(api, 'ok')).id, 'succeeded');
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 1, failed: 0 });
    await expect(api.client.jobs.files.read(id, 'masks')).rejects.toMatchObject({ status: 404 });
  });

  test('of a running job: it is stopped within a second and leaves no results', async () => {
    const api = await start();
    const worker = await startWorker(api);
    const { id } = await createJob(api, 'hang');
    await worker.busyParser();
    const { response, data } = await cancel(api, id);
    // 202 if the worker is slower than it should be.
    expect(response.status).toBe(200);
    expect(data).toMatchObject({ status: 'canceled', error: { code: 'canceled' } });
    expect((await cancel(api, id)).response.status).toBe(200);
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

  test('report each step to the end, also on an API that did not create the job', async () => {
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

  test('show heads and a bar that moves while the photo is parsed, as long as somebody follows the job', async () => {
    const api = await start();
    const worker = await startWorker(api);
    const gate = join(tmpdir(), `m2fp-gate-${randomUUID()}`);
    onTestFinished(() => rm(gate, { force: true }));
    const { id } = await createJob(api, `heads ${gate}`);
    // Nobody follows it when its worker takes it.
    await worker.busyParser();
    const response = await fetch(`${api.url}/v1/jobs/${id}/events`);
    const seen: unknown[] = [];
    for await (const { event, data } of readEvents(response)) {
      if (event === 'progress') seen.push((data as Job).progress);
      if (seen.length === 3) await writeFile(gate, '');
    }
    const moving = seen.slice(0, 3) as Job['progress'][];
    for (const progress of moving) expect(progress).toMatchObject({ stage: 'detected', done: 1, total: 2 });
    const percents = moving.map(({ percent }) => percent);
    expect(new Set(percents).size).toBe(3);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  });

  test('end when the API stops, without holding it up', async () => {
    const api = await start();
    const { id } = await createJob(api, 'ok');
    const events = collect(api, id);
    await until(() => api.output().includes(`/v1/jobs/${id}/events`));
    process.kill(api.pid, 'SIGTERM');
    expect(await events).toHaveLength(1);
    expect(await api.exited).toMatchObject({ code: 0 });
  });
});

test('a photo by its URL is fetched by the worker; its signature is in no log, and no longer in Redis', async () => {
  const asked: (string | undefined)[] = [];
  const photos = createServer((request, response) => {
    asked.push(request.url);
    if (request.url?.startsWith('/gone') === true) response.writeHead(404);
    response.end(scriptedPhoto('ok'));
  });
  await new Promise<void>((resolve) => photos.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void photos.close());
  const origin = `http://127.0.0.1:${(photos.address() as AddressInfo).port}`;
  const api = await start({ INPUT_URLS: 'loopback' });
  const worker = await startWorker(api, { INPUT_URLS: 'loopback', LOG_LEVEL: 'trace' });
  const parsed = await api.client.parse({ url: `${origin}/a/b.jpg?signature=secret` });
  expect(asked).toEqual(['/a/b.jpg?signature=secret']);
  expect(parsed.job.input).toEqual({ url: `${origin}/a/b.jpg`, name: 'b.jpg' });
  expect(JSON.parse(await (await parsed.file('masks')).text())).toMatchObject({ images: [{ file_name: 'b.jpg' }] });
  const gone = api.client.parse({ url: `${origin}/gone.jpg?signature=secret` });
  await expect(gone).rejects.toMatchObject({ code: 'input_not_found' });
  expect(asked).toHaveLength(2);

  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  const stored = async (): Promise<string[]> => {
    const keys = await redis.keys(`${String(api.env['QUEUE_PREFIX'])}*`);
    const dumps = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
    return dumps.flatMap(([key, dump]) => (dump.includes('signature=secret') ? [key] : []));
  };
  await until(async () => (await stored()).length === 0);
  for (const service of [api, worker]) expect(service.output()).not.toContain('signature=secret');
});

test('a waiting job shows its place in the queue and about how long it will wait', async () => {
  const api = await start();
  await startWorker(api, { CONCURRENCY: '1' });
  await untilStatus(api, (await createJob(api, 'sleep 500')).id, 'succeeded');
  const running = await createJob(api, 'sleep 60000');
  await untilStatus(api, running.id, 'processing');
  const waiting = [await createJob(api, 'ok'), await createJob(api, 'ok')];
  const { queue } = await api.client.jobs.get(waiting[1]?.id ?? '');
  expect(queue?.position).toBe(2);
  expect(queue?.estimated_wait_s).toBeGreaterThanOrEqual(1);
});

describe('the same Idempotency-Key', () => {
  test('makes one job and keeps one photo, no matter how many requests arrive at once or at which API', async () => {
    const api = await start();
    const other = await start({ ...api.env, PORT: '0' });
    const options = { idempotencyKey: 'order-4711' };
    const sent = Array.from({ length: 20 }, (_, index) => createJob(index % 2 === 0 ? api : other, 'ok', options));
    const jobs = await Promise.all(sent);
    for (const job of jobs) expect(job).toEqual(jobs[0]);
    expect(await api.keys()).toEqual([jobs[0]?.input.key]);
    expect((await api.client.api.GET('/v1/jobs')).data?.jobs).toHaveLength(1);

    await startWorker(api);
    await untilStatus(api, jobs[0]?.id ?? '', 'succeeded');
    expect(await createJob(other, 'ok', options)).toEqual(jobs[0]);
    const another = createJob(other, 'sleep 1', options);
    await expect(another).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  });

  test('is kept for 24 hours after the create, and no longer', async () => {
    const api = await start();
    const redis = new Redis(inject('redisUrl'));
    onTestFinished(() => redis.disconnect());
    await createJob(api, 'ok', { idempotencyKey: 'order-4712' });
    const leftMs = await redis.pttl(redisKeys(api.env['QUEUE_PREFIX'] ?? '').idempotency(anonymousOwner, 'order-4712'));
    expect(leftMs).toBeLessThanOrEqual(24 * 3_600_000);
    // The rest is what the test itself may take.
    expect(leftMs).toBeGreaterThan(23 * 3_600_000);
  });

  describe('in Redis', () => {
    idempotencyConformance(async () => {
      const connection = createClient({ url: inject('redisUrl') }, { whileDown: 'fail', answerMs: 1_000 });
      await until(() => connection.status === 'ready');
      const prefix = `test-${crypto.randomUUID()}`;
      const store = new RedisIdempotencyStore(connection, { prefix, timeoutMs: 1_000 });
      return { store, close: () => disconnectRedis(connection) };
    });

    test('an answer that is larger than what was claimed counts too', async () => {
      const connection = createClient({ url: inject('redisUrl') }, { whileDown: 'wait' });
      onTestFinished(() => disconnectRedis(connection));
      await until(() => connection.status === 'ready');
      const prefix = `test-${randomBytes(6).toString('hex')}`;
      const store = new RedisIdempotencyStore(connection, { prefix, timeoutMs: 10_000 });
      const claimed = { v: 1, fingerprint: 'print', id: 'batch', state: 'pending', content: null } as const;
      const answer = { text: randomBytes(200_000).toString('base64') };
      const count = Math.ceil(bounds.idempotencyBytes.max / 200_000);
      for (let made = 0; made < count; made++) {
        await store.claim('a', `key ${made}`, claimed);
        await store.settle('a', `key ${made}`, { ...claimed, state: 'done', content: answer });
      }
      expect(await store.find('a', 'key 0')).toBeUndefined();
      expect(await store.find('a', `key ${count - 1}`)).toMatchObject({ content: answer });
      const kept = await connection.keys(`${redisKeys(prefix).idempotencyParts('a', '').prefix}*`);
      const lengths = await Promise.all(kept.map((key) => connection.strlen(key)));
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(bounds.idempotencyBytes.max);
    });
  });
});

test('a list has the jobs, newest first, by status, page by page', async () => {
  const api = await start();
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.unshift((await createJob(api, 'ok')).id);
  await cancel(api, ids[2] ?? '');
  type Query = NonNullable<operations['listJobs']['parameters']['query']>;
  const list = async (query: Query) => (await api.client.api.GET('/v1/jobs', { params: { query } })).data;
  const first = await list({ limit: 3 });
  const second = await list({ limit: 3, cursor: first?.next_cursor ?? '' });
  expect([...(first?.jobs ?? []), ...(second?.jobs ?? [])].map(({ id }) => id)).toEqual(ids);
  expect(second?.next_cursor).toBeNull();
  expect((await list({ status: 'canceled' }))?.jobs.map(({ id }) => id)).toEqual([ids[2]]);
});

test('a job that is no longer kept is expired; one that never existed is not found', async () => {
  const api = await start();
  const { id } = await createJob(api, 'ok');
  const queue = new Queue(queueName('portrait'), {
    prefix: api.env['QUEUE_PREFIX'] ?? '',
    connection: { url: inject('redisUrl') },
  });
  onTestFinished(() => queue.close());
  await queue.remove(id);
  const { jobs } = api.client;
  await expect(jobs.get(id)).rejects.toMatchObject({ status: 404, code: 'expired' });
  await expect(jobs.get(`job_${'0'.repeat(32)}`)).rejects.toMatchObject({ status: 404, code: 'not_found' });
});

test('while Redis is down under load requests fail fast, and every accepted job is done in the end', async () => {
  const redisPort = Number(new URL(inject('redisUrl')).port);
  const proxy = await startTcpLink(redisPort);
  onTestFinished(() => proxy.close());
  // Long enough that requests that waited for Redis would exceed the test's own limit.
  const api = await start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}`, QUEUE_TIMEOUT_MS: '60000' });
  await startWorker(api, { PARSER_PROCESSES: '2' });
  const key = `${api.prefixes.input}photo.jpg`;
  await api.putObject(key, scriptedPhoto('sleep 20'));
  const accepted: string[] = [];
  let refused = 0;
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      const { response, data } = await api.client.api.POST('/v1/jobs', { body: { input: { key } } });
      expect([202, 503]).toContain(response.status);
      if (data === undefined) refused++;
      else accepted.push(data.id);
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
  for (const id of accepted) expect((await api.client.jobs.waitFor(id)).status).toBe('succeeded');
});

/** `POST /parse`, with real Redis, real S3 and real workers; each photo says what happens to it. */
import { startTcpLink } from '@m2fp/dev-services/faults';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { createJob, postPhoto, scriptedPhoto, untilStatus } from './support/api/scripted-photo.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

async function startService(changes: NodeJS.ProcessEnv = {}, workerChanges: NodeJS.ProcessEnv = {}) {
  const api = await startApi(changes);
  await waitUntilReady(api);
  const worker = await startWorkerProcess('scripted', { ...api.env, PORT: undefined, ...workerChanges });
  return { api, worker };
}

/** Everything in Redis that names a job: keys, members and fields, except the queue's log of events. */
async function traces(api: ApiProcess): Promise<string[]> {
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  const found: string[] = [];
  for (const key of await redis.keys(`${api.env['QUEUE_PREFIX']}:*`)) {
    const type = await redis.type(key);
    if (type === 'stream') continue;
    const members =
      type === 'zset' ? await redis.zrange(key, 0, '-1') : type === 'list' ? await redis.lrange(key, 0, -1) : [];
    found.push(...[key, ...members].filter((text) => text.includes('job_')));
  }
  return found.sort();
}

describe('POST /parse', () => {
  test('answers with the result in the requested type, and keeps its files readable', async () => {
    const { api } = await startService();
    const response = await postPhoto(api, 'ok');
    expect(response.status).toBe(200);
    const result = (await response.json()) as { id: string };
    expect(result).toMatchObject({
      people: 1,
      masks: [{ size: [1, 2], counts: '011' }],
      labels: [1],
      scores: [0.9],
      persons: [1],
      categories: [{ id: 1, name: 'hair' }],
    });
    const masks = await api.client.jobs.files.read(result.id, 'masks');
    expect(JSON.parse(await masks.text())).toMatchObject({ script: 'ok' });
    const colormap = await postPhoto(api, 'ok', { headers: { accept: 'image/png' } });
    expect(colormap.headers.get('content-type')).toBe('image/png');
    expect(await colormap.json()).toBe('colormap of ok');
  });

  test('answers with the parser’s own error', async () => {
    const { api } = await startService();
    const response = await postPhoto(api, 'fail unsupported_format');
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'unsupported_format', job_id: expect.any(String) as string });
  });

  test('is refused when both slots stay busy until its time is up, and leaves nothing behind', async () => {
    const { api } = await startService({ SYNC_START_TIMEOUT_MS: '1000' }, { CONCURRENCY: '2', PARSER_PROCESSES: '2' });
    const busy = [await createJob(api, 'sleep 60000'), await createJob(api, 'sleep 60000')];
    for (const { id } of busy) await untilStatus(api, id, 'processing');
    const before = { redis: await traces(api), s3: await api.keys() };

    const response = await postPhoto(api, 'ok');
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('10');
    expect(await response.json()).toMatchObject({ code: 'overloaded' });
    expect({ redis: await traces(api), s3: await api.keys() }).toEqual(before);
  });

  test.each(['waits', 'runs'])('is withdrawn if its client disconnects while it %s', async (state) => {
    const { api, worker } = await startService({}, { CONCURRENCY: '1' });
    const other = state === 'waits' ? await createJob(api, 'sleep 60000') : undefined;
    if (other !== undefined) await untilStatus(api, other.id, 'processing');
    const before = { redis: await traces(api), s3: await api.keys() };
    const client = new AbortController();
    const answer = postPhoto(api, 'sleep 60000', { signal: client.signal });
    if (state === 'waits') await until(async () => (await traces(api)).length > before.redis.length);
    else await worker.busyParser();
    client.abort();
    await expect(answer).rejects.toThrow();
    await until(async () => (await traces(api)).length === before.redis.length);
    expect(await traces(api)).toEqual(before.redis);
    await until(async () => (await api.keys()).length === before.s3.length);
    expect(await api.keys()).toEqual(before.s3);
  });

  test('goes ahead of jobs that no request waits for', async () => {
    const { api } = await startService({}, { CONCURRENCY: '1' });
    const running = await createJob(api, 'sleep 500');
    await untilStatus(api, running.id, 'processing');
    const waiting = await Promise.all(Array.from({ length: 5 }, () => createJob(api, 'sleep 300')));
    expect((await postPhoto(api, 'ok')).status).toBe(200);
    const jobs = await Promise.all(waiting.map(({ id }) => api.client.jobs.get(id)));
    expect(jobs.filter(({ status }) => status === 'succeeded')).toEqual([]);
  });

  test('is refused immediately if too many are already waiting', async () => {
    const api = await startApi({ MAX_SYNC_WAITERS: '2', SYNC_START_TIMEOUT_MS: '2000' });
    await waitUntilReady(api);
    const waiting = [postPhoto(api, 'ok'), postPhoto(api, 'ok')];
    await until(async () => (await traces(api)).length >= 4);
    const refused = postPhoto(api, 'ok');
    expect(await Promise.race([refused, ...waiting])).toBe(await refused);
    expect((await refused).status).toBe(429);
    for (const response of waiting) expect((await response).status).toBe(429);
    expect(await traces(api)).toEqual([]);
    expect(await api.keys()).toEqual([]);
  });

  test('waits through a Redis outage shorter than its own limit', async () => {
    const redis = new URL(inject('redisUrl'));
    const proxy = await startTcpLink(Number(redis.port));
    onTestFinished(() => proxy.close());
    const api = await startApi({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    await waitUntilReady(api);
    const worker = await startWorkerProcess('scripted', { ...api.env, PORT: undefined, REDIS_URL: redis.href });
    const answer = postPhoto(api, 'sleep 1500');
    await worker.busyParser();
    proxy.disconnect();
    await until(async () => (await fetch(`${api.url}/readyz`)).status === 503);
    proxy.connectTo(Number(redis.port));
    expect((await answer).status).toBe(200);
  });
});

test('Prefer: wait answers 200 with the ended job, or 202 if that takes longer', async () => {
  const { api } = await startService();
  const create = async (script: string, prefer: string) => {
    const key = `${api.prefixes.input}${script}.jpg`;
    await api.putObject(key, scriptedPhoto(script));
    const params = { header: { prefer } };
    const { response, data } = await api.client.api.POST('/v1/jobs', { params, body: { input: { key } } });
    return { status: response.status, job: data?.status };
  };
  expect(await create('ok', 'wait=20')).toEqual({ status: 200, job: 'succeeded' });
  expect(await create('sleep 5000', 'wait=1')).toEqual({ status: 202, job: 'queued' });
});

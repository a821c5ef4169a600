/** Revoking an API key ends what was begun with it, on real Redis, with dispatchers and workers. */
import { createJobId, jobWebhookEvents, parseOptionsSchema, readFailure, type JobData } from '@m2fp/contract';
import { ApiKeys, defaultScopes } from '@m2fp/queue/access';
import { enqueueJobs, readJobRecord, type NewJob } from '@m2fp/queue/jobs';
import { openQueue } from '@m2fp/queue/open-queue';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
import { startReceiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

let bench: DispatchBench;
let keys: ApiKeys;

beforeEach(() => {
  bench = createDispatchBench();
  keys = new ApiKeys(bench.jobs.redis, bench.keys);
});
afterEach(async () => {
  await endWorkers();
  await bench.close();
});

const startWorker = () => startWorkerProcess('scripted', bench.jobs.workerEnv({ CONCURRENCY: '1' }));
const message = 'The API key that made the job was revoked.';

async function createKey(owner = 'acme'): Promise<string> {
  const grant = { name: 'test', owner, scopes: [...defaultScopes], shares: {}, expires_at: null };
  return (await keys.create({ ...grant, input_prefixes: null, output_prefixes: null })).record.id;
}

/** As the command line does. */
async function revoke(keyId: string): Promise<void> {
  await keys.revoke(keyId);
  await bench.jobs.redis.publish(bench.keys.apiKeyChannel, keyId);
}

/** Jobs of a key, made of scripts. */
async function addJobs(keyId: string, scripts: readonly string[], more: Partial<JobData> = {}): Promise<string[]> {
  const { redis, queue, name } = bench.jobs;
  const photos = await bench.putPhotos(scripts);
  const jobs = photos.map((key, place): NewJob => {
    const data: JobData = {
      ...{ v: 1, owner: 'acme', keyId, input: { key }, output: { prefix: `results/${name}/${keyId}/${place}/` } },
      ...{ options: parseOptionsSchema.parse({}), createdAt: new Date().toISOString(), ...more },
    };
    return { id: createJobId(), data, class: 'single' };
  });
  const own = openQueue(queue.name, { connection: redis, prefix: name });
  onTestFinished(() => own.close());
  await enqueueJobs(jobs, { queue: own, redis, keys: bench.keys });
  return jobs.map(({ id }) => id);
}

async function failures(ids: readonly string[]): Promise<unknown[]> {
  const records = await Promise.all(ids.map((id) => readJobRecord(bench.jobs.queue, bench.jobs.redis, id)));
  return records.map((record) => (record?.state === 'failed' ? readFailure(record.failure) : record?.state));
}

async function untilAllEnded(ids: readonly string[]): Promise<void> {
  await until(async () => (await failures(ids)).every((state) => state !== 'queued' && state !== 'processing'));
}

describe('the jobs of a revoked key', () => {
  it('are canceled, waiting or running, and those of the owner’s other key go on', async () => {
    await bench.startDispatcher();
    const worker = await startWorker();
    const [stolen, other] = [await createKey(), await createKey()];
    const jobs = await addJobs(stolen, ['hang', ...Array.from({ length: 20 }, () => 'ok')]);
    await worker.busyParser();
    const [kept = ''] = await addJobs(other, ['ok'], { metadata: { keyId: stolen } });
    await revoke(stolen);
    await untilAllEnded([...jobs, kept]);
    expect(await failures(jobs)).toEqual(jobs.map(() => ({ code: 'canceled', message })));
    expect(await failures([kept])).toEqual(['succeeded']);
    expect((await worker.stats()).jobs).toMatchObject({ succeeded: 1 });
  });

  it('are not started by a worker, and running ones are stopped, even if no dispatcher runs', async () => {
    const worker = await startWorker();
    const key = await createKey();
    const jobs = await addJobs(key, ['hang', 'ok', 'ok']);
    await worker.busyParser();
    await keys.revoke(key);
    await untilAllEnded(jobs);
    expect(await failures(jobs)).toEqual(jobs.map(() => ({ code: 'canceled', message })));
    const { keys: stored } = await bench.jobs.storage.list(`results/${bench.jobs.name}/`, {
      signal: AbortSignal.timeout(60_000),
    });
    expect(stored).toEqual([]);
  });

  it('are canceled by a dispatcher that starts later: ten thousand of them, and none of another key', async () => {
    const [stolen, other] = [await createKey(), await createKey('other')];
    const [photo = ''] = await bench.putPhotos(['ok']);
    const { redis, queue, name } = bench.jobs;
    const own = openQueue(queue.name, { connection: redis, prefix: name });
    onTestFinished(() => own.close());
    const jobs = Array.from({ length: 10_200 }, (_, place): NewJob => {
      const of = place % 51 === 0 ? { owner: 'other', keyId: other } : { owner: 'acme', keyId: stolen };
      const data: JobData = {
        ...{ v: 1, ...of, input: { key: photo }, output: { prefix: `results/${name}/${place}/` } },
        ...{ options: parseOptionsSchema.parse({}), createdAt: new Date().toISOString() },
      };
      return { id: createJobId(), data, class: 'single' };
    });
    for (let start = 0; start < jobs.length; start += 500) {
      await enqueueJobs(jobs.slice(start, start + 500), { queue: own, redis, keys: bench.keys });
    }
    await keys.revoke(stolen);
    await bench.startDispatcher({ RECONCILE_INTERVAL_MS: '15000' });
    await until(async () => (await own.getFailedCount()) === 10_000);
    expect(await own.getPrioritizedCount()).toBe(200);
    expect(await failures(jobs.slice(1, 3).map(({ id }) => id))).toEqual([
      { code: 'canceled', message },
      { code: 'canceled', message },
    ]);
  });

  it('go on if the key has only expired', async () => {
    await bench.startDispatcher();
    const key = await createKey();
    const record = await keys.find(key);
    const expired = { ...record, expires_at: '2026-01-01T00:00:00.000Z' };
    await bench.jobs.redis.hset(bench.keys.apiKeys, key, JSON.stringify(expired));
    await startWorker();
    const jobs = await addJobs(key, ['ok', 'ok']);
    await untilAllEnded(jobs);
    expect(await failures(jobs)).toEqual(['succeeded', 'succeeded']);
  });
});

describe('a batch of a revoked key', () => {
  it('is canceled, and what it had done stays', async () => {
    await bench.startDispatcher({ BATCH_WINDOW: '5' });
    const worker = await startWorker();
    const [stolen, other] = [await createKey(), await createKey()];
    const photos = await bench.putPhotos(['ok', 'hang', ...Array.from({ length: 50 }, () => 'ok')]);
    const id = await bench.createBatch({ keys: photos }, { owner: 'acme', keyId: stolen });
    await until(async () => (await bench.batches.find(id))?.succeeded === 1);
    await worker.busyParser();
    const kept = await bench.createBatch({ keys: photos.slice(2, 5) }, { owner: 'acme', keyId: other });
    await revoke(stolen);
    expect(await bench.finalBatch(id)).toMatchObject({ status: 'canceled', succeeded: 1, canceled: 51 });
    expect(await bench.finalBatch(kept)).toMatchObject({ status: 'finished', succeeded: 3 });
  });

  it('never starts if no dispatcher was running', async () => {
    const key = await createKey();
    const id = await bench.createBatch({ keys: await bench.putPhotos(['ok']) }, { owner: 'acme', keyId: key });
    await keys.revoke(key);
    await bench.startDispatcher();
    await startWorker();
    expect(await bench.finalBatch(id)).toMatchObject({ status: 'canceled', canceled: 1 });
  });
});

describe('a delivery in the name of a revoked key', () => {
  it('is ended while it waits for its next attempt, and may be sent again with another key', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0,3600' });
    const [stolen, other] = [await createKey(), await createKey()];
    receiver.react(500);
    const event = 'job.succeeded' as const;
    const common = { owner: 'acme', event, url: receiver.url, data: {} };
    await bench.deliveries.announce({ ...common, keyId: stolen, subject: 'job_1' });
    await bench.deliveries.announce({ ...common, keyId: other, subject: 'job_2' });
    await until(async () => (await bench.queues.webhooks.getDelayedCount()) === 2);
    await revoke(stolen);
    const ended = await bench.finalDelivery('job_1');
    expect(ended).toMatchObject({ status: 'failed', next_attempt_at: null });
    expect(ended.attempts.map(({ error }) => error)).toEqual(['status', 'key_revoked']);
    await until(async () => (await bench.queues.webhooks.getDelayedCount()) === 1);
    expect((await bench.deliveries.list({ subject: 'job_2' }, undefined, 1)).deliveries[0]?.status).toBe('pending');
    receiver.react(204);
    await bench.deliveries.redeliver(ended, other);
    await until(async () => (await bench.deliveries.find(ended.id))?.status === 'delivered');
    expect(receiver.calls).toHaveLength(3);
  });

  it('is not sent, whenever it comes', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    await bench.startDispatcher();
    await startWorker();
    const key = await createKey();
    await keys.revoke(key);
    const webhook = { url: receiver.url, events: [...jobWebhookEvents] };
    const [quiet = ''] = await addJobs(key, ['ok'], { webhook });
    await bench.deliveries.announce({
      ...{ owner: 'acme', keyId: key, subject: quiet, event: 'job.canceled', url: receiver.url, data: {} },
    });
    const delivery = await bench.finalDelivery(quiet);
    expect(delivery).toMatchObject({ status: 'failed', attempts: [{ error: 'key_revoked' }] });
    expect(receiver.calls).toEqual([]);
  });
});

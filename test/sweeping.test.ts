/** What a dispatcher removes from the bucket: photos that never got a job, and what is older than it may be. */
import { randomBytes } from 'node:crypto';
import { createBatchId, createJobId, parseOptionsSchema, redisKeys, type JobData } from '@m2fp/contract';
import type { KeyRecord } from '@m2fp/queue/access';
import { Batches } from '@m2fp/queue/batches';
import { enqueueJob } from '@m2fp/queue/jobs';
import { PendingUploads } from '@m2fp/queue/retention';
import { createLogger } from '@m2fp/service/logger';
import type { ObjectStorage } from '@m2fp/storage';
import { createMemoryStorage } from '@m2fp/storage/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { removeAbandoned } from '../apps/dispatcher/src/retention/abandoned-uploads.ts';
import { readNeeded } from '../apps/dispatcher/src/retention/needed-objects.ts';
import { OldObjects } from '../apps/dispatcher/src/retention/old-objects.ts';
import { OwnerSlots, type SlotsInUse } from '../apps/dispatcher/src/retention/owner-slots.ts';

const signal = new AbortController().signal;
const log = createLogger('silent', {});
const hourS = 3_600;
const timeoutMs = 5_000;

let prefix: string;
let redis: Redis;
let queues: { parse: Queue; batches: Queue };
let storage: ObjectStorage;

beforeEach(() => {
  prefix = `test-${randomBytes(6).toString('hex')}`;
  redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  const open = (name: string) => new Queue(name, { prefix, connection: redis });
  queues = { parse: open('parse-test'), batches: open('batches-parse-test') };
  storage = createMemoryStorage();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const queue of Object.values(queues)) {
    await queue.obliterate({ force: true });
    await queue.close();
  }
  const rest = await redis.keys(`${prefix}:*`);
  if (rest.length > 0) await redis.del(...rest);
  redis.disconnect();
});

/** Puts objects as if it were so many hours ago. */
async function put(keys: readonly string[], hoursAgo = 0): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hoursAgo * hourS * 1_000 });
  for (const key of keys) await storage.put(key, new Uint8Array(9), { contentType: 'image/jpeg', signal });
  vi.useRealTimers();
}

const keys = async (): Promise<string[]> => (await storage.list('', { signal })).keys;

async function addJob(changes: Partial<JobData>, id = createJobId()): Promise<void> {
  const data: JobData = {
    ...{ v: 1, input: { key: 'inputs/a' }, output: { prefix: `results/o/${id}/` } },
    ...{ options: parseOptionsSchema.parse({}), createdAt: new Date().toISOString() },
    ...changes,
  };
  const parts = { queue: queues.parse, redis, keys: redisKeys(prefix) };
  await enqueueJob({ id, data, class: 'single' }, parts);
}

describe('photos that came with a request', () => {
  const sweep = () => removeAbandoned({ uploads: pending(), queues: [queues.parse], storage, timeoutMs, log }, signal);
  const pending = (): PendingUploads => new PendingUploads(redis, redisKeys(prefix));

  async function upload(isRepeatable: boolean, hoursAgo: number) {
    const photo = { jobId: createJobId(), key: `uploads/o/${randomBytes(16).toString('hex')}` };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hoursAgo * hourS * 1_000 });
    await pending().add(photo, { isRepeatable });
    await storage.put(photo.key, new Uint8Array(9), { contentType: 'image/jpeg', signal });
    vi.useRealTimers();
    return photo;
  }

  it('are removed an hour later if there is no job, a day later if the request may be sent again', async () => {
    await upload(false, 2);
    const young = await upload(false, 0);
    const repeatable = await upload(true, 2);
    await upload(true, 26);
    expect(await sweep()).toBe(2);
    expect(await keys()).toEqual([young.key, repeatable.key].sort());
    expect(await sweep()).toBe(0);
  });

  it('stay if there is a job, and are not looked at again', async () => {
    const photo = await upload(false, 2);
    await addJob({ input: { key: photo.key } }, photo.jobId);
    expect(await sweep()).toBe(0);
    expect(await keys()).toEqual([photo.key]);
    expect(await pending().due(10)).toEqual([]);
  });

  it('are tried again if storage is down', async () => {
    const photo = await upload(false, 2);
    const remove = vi.spyOn(storage, 'remove').mockRejectedValueOnce(new Error('down'));
    await expect(sweep()).rejects.toThrow('down');
    remove.mockRestore();
    expect(await sweep()).toBe(1);
    expect(await keys()).not.toContain(photo.key);
  });
});

describe('objects that are old', () => {
  function createOldObjects(given: Partial<ConstructorParameters<typeof OldObjects>[0]> = {}) {
    const batches = new Batches(redis, redisKeys(prefix), queues.batches, { retentionS: hourS });
    const needed = { redis, readModels: async () => [{ queues, batches }], uploadPrefix: 'uploads/' };
    return new OldObjects({
      ...{ redis, storage, timeoutMs, log, keys: redisKeys(prefix), onRemoved: () => undefined },
      readNeeded: () => readNeeded(needed),
      swept: [{ kind: 'results', prefix: 'results/', retentionS: hourS }],
      ...given,
    });
  }

  it('are removed under their prefix and nowhere else, young ones not', async () => {
    await put(['results/o/1/masks.json', 'results/o/2/masks.json', 'results2/a', 'inputs/a', 'uploads/o/1'], 2);
    await put(['results/o/3/masks.json']);
    const removed = vi.fn();
    await createOldObjects({ onRemoved: removed }).run(signal);
    expect(await keys()).toEqual(['inputs/a', 'results/o/3/masks.json', 'results2/a', 'uploads/o/1']);
    expect(removed).toHaveBeenCalledExactlyOnceWith('results', 2);
  });

  it('stay while an unfinished job or an open batch needs them', async () => {
    const id = createBatchId();
    await put(['uploads/a/photo', 'uploads/a/other', 'uploads/b/1', 'uploads/b/of-a-job-before', 'uploads/c/1'], 2);
    await put([`results/b/${id}/000000/masks.json`, 'results/o/again/masks.json', 'results/o/old/masks.json'], 2);
    await addJob({ input: { key: 'uploads/a/photo' }, output: { prefix: 'results/o/again/' } });
    const batches = new Batches(redis, redisKeys(prefix), queues.batches, { retentionS: hourS });
    const spec = { v: 1, owner: 'b', output: { prefix: `results/b/${id}/` }, options: parseOptionsSchema.parse({}) };
    await batches.create({ id, spec: { ...spec, v: 1, createdAt: new Date().toISOString() }, keys: ['uploads/b/1'] });
    const swept = (['results', 'uploads'] as const).map((kind) => ({ kind, prefix: `${kind}/`, retentionS: hourS }));
    await createOldObjects({ swept }).run(signal);
    expect(await keys()).toEqual(
      ['uploads/a/photo', 'uploads/b/1', `results/b/${id}/000000/masks.json`, 'results/o/again/masks.json'].sort(),
    );
  });

  it('of an owner whose open batches name too many photos to look at stay, those of others do not', async () => {
    const id = createBatchId();
    await put(['uploads/b/any', 'uploads/c/1'], 2);
    const batches = new Batches(redis, redisKeys(prefix), queues.batches, { retentionS: hourS });
    const spec = { v: 1, owner: 'b', output: { prefix: `results/b/${id}/` }, options: parseOptionsSchema.parse({}) };
    await batches.create({ id, spec: { ...spec, v: 1, createdAt: new Date().toISOString() }, keys: ['inputs/1'] });
    await redis.hset(redisKeys(prefix).batch(id), { total: 50_001 });
    await createOldObjects({ swept: [{ kind: 'uploads', prefix: 'uploads/', retentionS: hourS }] }).run(signal);
    expect(await keys()).toEqual(['uploads/b/any']);
  });

  it('all stay if it cannot be told what is needed', async () => {
    await put(['results/o/1/masks.json'], 2);
    await createOldObjects({ readNeeded: async () => undefined }).run(signal);
    expect(await keys()).toHaveLength(1);
  });

  it('all stay while a job of a later version may need any of them', async () => {
    await put(['results/o/1/masks.json'], 2);
    await addJob({ reference: { key: 'results/o/1/masks.json' } } as Partial<JobData>);
    await createOldObjects().run(signal);
    expect(await keys()).toHaveLength(1);
  });

  it('are removed in bounded steps, which any dispatcher continues', async () => {
    const many = Array.from({ length: 2_500 }, (_, place) => `results/o/${String(place).padStart(5, '0')}`);
    await put(many, 2);
    await createOldObjects().run(signal);
    expect(await keys()).toHaveLength(500);
    await createOldObjects().run(signal);
    expect(await keys()).toHaveLength(0);
    // The pass is over; the next one is not due yet.
    await put(['results/o/late'], 2);
    await createOldObjects().run(signal);
    expect(await keys()).toHaveLength(1);
  });

  it('are left to one dispatcher at a time, and to another if that one died', async () => {
    await put(['results/o/1'], 2);
    await redis.set(redisKeys(prefix).sweepLock, 'another', 'PX', 300);
    await createOldObjects().run(signal);
    expect(await keys()).toHaveLength(1);
    await expect.poll(() => redis.exists(redisKeys(prefix).sweepLock)).toBe(0);
    await createOldObjects().run(signal);
    expect(await keys()).toHaveLength(0);
  });
});

describe('slots of owners’ shares', () => {
  const minutesAgo = (minutes: number): number => Date.now() - minutes * 60_000;

  it('that are taken by what has ended are given back and counted, others stay', async () => {
    const names = redisKeys(prefix);
    const [waiting, ended, packed, justEnded, gone, isAdded] = Array.from({ length: 6 }, createJobId);
    for (const id of [waiting, ended, justEnded]) await addJob({}, id);
    const finishedOn = (minutes: number) => ({ finishedOn: minutesAgo(minutes) });
    await redis.hset(queues.parse.toKey(ended ?? ''), finishedOn(5));
    await redis.hset(queues.parse.toKey(packed ?? ''), finishedOn(5));
    await redis.hset(queues.parse.toKey(justEnded ?? ''), finishedOn(0));
    for (const id of [waiting, ended, packed, justEnded, gone]) {
      await redis.zadd(names.runningJobs('shop'), minutesAgo(10), id ?? '');
    }
    await redis.zadd(names.runningJobs('shop'), Date.now(), isAdded ?? '');
    const [open, finished, lost] = Array.from({ length: 3 }, createBatchId) as [string, string, string];
    await redis.hset(names.batch(open), { status: 'processing' });
    await redis.hset(names.batch(finished), { status: 'finished', finishedAt: new Date(minutesAgo(5)).toISOString() });
    for (const id of [open, finished, lost]) await redis.hset(names.openBatches('shop'), id, `30 ${minutesAgo(10)}`);

    const leaked: string[] = [];
    const looked: SlotsInUse[] = [];
    const slots = new OwnerSlots({
      ...{ redis, keys: names, readQueues: async () => [queues.batches, queues.parse] },
      apiKeys: { list: async () => ['shop', 'shop', 'other'].map((owner) => ({ owner }) as KeyRecord) },
      onLeaked: (kind, count) => count > 0 && leaked.push(`${kind} ${count}`),
      onLooked: (found) => looked.push(found),
    });
    await slots.run(signal);
    expect(leaked).toEqual(['jobs 3', 'batches 2']);
    expect((await redis.zrange(names.runningJobs('shop'), 0, '-1')).sort()).toEqual(
      [waiting, justEnded, isAdded].sort(),
    );
    expect(Object.keys(await redis.hgetall(names.openBatches('shop')))).toEqual([open]);
    const photosByOwner = new Map([
      ['shop', 33],
      ['other', 0],
    ]);
    expect(looked).toEqual([{ used: { jobs: 3, batches: 1 }, photosByOwner }]);
    await slots.run(signal);
    expect(leaked).toHaveLength(2);
  });

  it('stay if it is not certain which queues there are', async () => {
    const runningJobs = redisKeys(prefix).runningJobs('shop');
    await redis.zadd(runningJobs, minutesAgo(10), createJobId());
    const slots = new OwnerSlots({
      ...{ redis, keys: redisKeys(prefix), readQueues: () => Promise.reject(new Error('down')) },
      apiKeys: { list: async () => [{ owner: 'shop' } as KeyRecord] },
      ...{ onLeaked: () => undefined, onLooked: () => undefined },
    });
    await expect(slots.run(signal)).rejects.toThrow('down');
    expect(await redis.zcard(runningJobs)).toBe(1);
  });
});

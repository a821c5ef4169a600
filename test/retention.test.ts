/** What stays of jobs that have ended, in a real Redis: little of each, and not more than their owner may have. */
import { randomBytes } from 'node:crypto';
import {
  createJobId,
  isFinal,
  jobResultSchema,
  parseOptionsSchema,
  redisKeys,
  type JobData,
  type JobResult,
} from '@m2fp/contract';
import { cancelJob, enqueueJob, readJobRecord, readJobStatuses } from '@m2fp/queue/jobs';
import { compactText, EndedJobs, enterLedger, recordOfEnded, unsettledOf } from '@m2fp/queue/retention';
import { createLogger } from '@m2fp/service/logger';
import { Queue, UnrecoverableError, Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Stragglers } from '../apps/dispatcher/src/retention/stragglers.ts';

const token = 'token';
const retentionS = 3_600;

let redis: Redis;
let queue: Queue;
let worker: Worker;
let prefix: string;

beforeEach(() => {
  prefix = `test-${randomBytes(6).toString('hex')}`;
  redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  queue = new Queue('parse-test', { prefix, connection: redis });
  worker = new Worker('parse-test', null, { prefix, connection: redis, autorun: false });
});
afterEach(async () => {
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  const rest = await redis.keys(`${prefix}:*`);
  if (rest.length > 0) await redis.del(...rest);
  redis.disconnect();
});

function createEnded(shares: { jobs?: number; bytes?: number } = {}): EndedJobs {
  const { jobs = 1_000, bytes = 2 ** 30 } = shares;
  return new EndedJobs({
    ...{ redis, queue, keys: redisKeys(prefix), retentionS, retentionCount: 10_000 },
    shares: { retained_jobs: jobs, retained_bytes: bytes },
  });
}

function jobData(id: string, changes: Partial<JobData> = {}): JobData {
  return {
    v: 1,
    input: { key: `uploads/studio/${randomBytes(16).toString('hex')}` },
    output: { prefix: `results/studio/${id}/` },
    options: parseOptionsSchema.parse({}),
    createdAt: new Date().toISOString(),
    owner: 'studio',
    ...changes,
  };
}

function jobResult({ output: { prefix: folder } }: JobData): JobResult {
  const names = ['background', 'skin', 'l_brow', 'r_brow', 'l_eye', 'r_eye', 'nose', 'u_lip', 'l_lip', 'neck', 'hair'];
  const pixels = (): number => Math.floor(Math.random() * 200_000);
  const file = (output: 'colormap' | 'instances', bytes: number) => {
    return { output, key: `${folder}${output}.png`, content_type: 'image/png', bytes };
  };
  return {
    v: 1,
    model: { name: 'portrait', kind: 'portrait', version: '1', synthetic: false },
    image: { width: 3_024, height: 4_032 },
    scale: 0.25,
    people: 1,
    labels: names.map((name, id) => ({ id, name, pixels: pixels() })),
    files: [file('colormap', pixels()), file('instances', pixels())],
    timings: { fetch: 3.4, decode: 88.1, network: 140.2, postprocess: 20.5, store: 9.8 },
  };
}

async function add(changes: Partial<JobData> = {}): Promise<string> {
  const id = createJobId();
  const data = jobData(id, changes);
  await enqueueJob({ id, data, class: 'single' }, { queue, redis, keys: redisKeys(prefix) });
  return id;
}

/** Ends the next job as a worker does, but does not pack it. */
async function endNext(end: 'succeeded' | 'failed' = 'succeeded'): Promise<Job> {
  const job = (await worker.getNextJob(token, { block: false })) as Job<JobData> | undefined;
  if (job === undefined) throw new Error('No job waits.');
  if (end === 'succeeded') await job.moveToCompleted(compactText(jobResult(job.data)), token, false);
  else await job.moveToFailed(new UnrecoverableError('{"code":"timeout","message":"Too slow."}'), token, false);
  return job;
}

async function addAndEnd(ended: EndedJobs, changes: Partial<JobData> = {}): Promise<string> {
  const id = await add(changes);
  await ended.ended(recordOfEnded(await endNext(), 'succeeded'));
  return id;
}

const exists = async (ids: readonly string[]): Promise<boolean[]> =>
  Promise.all(ids.map(async (id) => (await readJobRecord(queue, redis, id)) !== undefined));

describe('a job that has ended', () => {
  it.each(['succeeded', 'failed'] as const)('and %s reads the same before and after it is packed', async (end) => {
    const id = await add({ metadata: { customer: '4711' }, keyId: '0123456789abcdef' });
    const job = await endNext(end);
    const before = await readJobRecord(queue, redis, id);
    await createEnded().ended(recordOfEnded(job, end));
    const after = await readJobRecord(queue, redis, id);
    expect(await unsettledOf(queue, redis, [id])).toEqual([]);
    expect(after).toEqual({ ...before, progress: undefined });
    expect(after).toMatchObject({ state: end, attempts: 1 });
    if (end === 'succeeded') expect(jobResultSchema.safeParse(after?.result).success).toBe(true);
    expect(await readJobStatuses(queue, redis, [id])).toEqual([end]);
  });

  it('takes less than 600 bytes of its own', async () => {
    const id = await add({ metadata: { customer: '4711' }, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` });
    const job = await endNext();
    await createEnded().ended(recordOfEnded(job, 'succeeded'));
    const bytes = (await redis.memory('USAGE', queue.toKey(id))) ?? Infinity;
    expect(bytes).toBeLessThan(600);
  });

  it('is still one job for the queue: not added again, not canceled, removed without a trace', async () => {
    const ended = createEnded();
    const id = await addAndEnd(ended);
    await enqueueJob({ id, data: jobData(id), class: 'single' }, { queue, redis, keys: redisKeys(prefix) });
    expect(await queue.getPrioritizedCount()).toBe(0);
    const cancel = { queue, redis, ended, keys: redisKeys(prefix), removeResults: async () => undefined };
    expect(await cancelJob(id, cancel)).toBe('finished');
    await queue.remove(id);
    expect(await exists([id])).toEqual([false]);
    expect(await queue.getCompletedCount()).toBe(0);
  });

  it('is left alone if it is gone or waits again by the time it would be packed', async () => {
    const ended = createEnded();
    const [gone, again] = [await add(), await add()];
    const records = [];
    for (let count = 0; count < 2; count++) records.push(recordOfEnded(await endNext('failed'), 'failed'));
    await queue.remove(gone);
    await ((await queue.getJob(again)) as Job).retry();
    for (const record of records) await ended.ended(record);
    expect(await exists([gone])).toEqual([false]);
    expect(await readJobRecord(queue, redis, again)).toMatchObject({ state: 'queued', data: { v: 1 } });
  });
});

describe('an owner', () => {
  it('keeps as many ended jobs as the share says, the newest', async () => {
    const ended = createEnded({ jobs: 3 });
    const others = await addAndEnd(ended, { owner: 'someone' });
    const ids: string[] = [];
    for (let count = 0; count < 6; count++) ids.push(await addAndEnd(ended));
    expect(await exists(ids)).toEqual([false, false, false, true, true, true]);
    expect(await exists([others])).toEqual([true]);
    expect(await queue.getCompletedCount()).toBe(4);
  });

  it('keeps as many bytes as the share says', async () => {
    const ended = createEnded({ bytes: 20_000 });
    const ids: string[] = [];
    const note = (): string => randomBytes(1_500).toString('base64');
    for (let count = 0; count < 12; count++) ids.push(await addAndEnd(ended, { metadata: { note: note() } }));
    const kept = (await exists(ids)).filter(Boolean).length;
    expect(kept).toBeGreaterThan(4);
    expect(kept).toBeLessThan(10);
    expect((await exists(ids)).indexOf(true)).toBe(12 - kept);
  });

  it('keeps what an API key of theirs says, if it says so', async () => {
    const keyId = '00112233aabbccdd';
    const record = {
      ...{ v: 2, id: keyId, name: 'x', owner: 'studio', secret_sha256: '0'.repeat(64), scopes: ['jobs:write'] },
      ...{ input_prefixes: null, output_prefixes: null, shares: { retained_jobs: 1 }, revoked_at: null },
      ...{ created_at: new Date().toISOString(), expires_at: null },
    };
    await redis.hset(redisKeys(prefix).apiKeys, keyId, JSON.stringify(record));
    const ended = createEnded();
    const ids = [await addAndEnd(ended, { keyId }), await addAndEnd(ended, { keyId })];
    expect(await exists(ids)).toEqual([false, true]);
  });

  it('who creates and cancels in a loop keeps nothing beyond the share', async () => {
    const ended = createEnded({ jobs: 5 });
    const cancel = { queue, redis, ended, keys: redisKeys(prefix), removeResults: async () => undefined };
    const sizes: number[] = [];
    for (let round = 0; round < 2; round++) {
      for (let count = 0; count < 30; count++) expect(await cancelJob(await add(), cancel)).toBe('canceled');
      sizes.push((await redis.keys(`${prefix}:*`)).length);
    }
    expect(await queue.getFailedCount()).toBe(5);
    expect(sizes[1]).toBe(sizes[0]);
    expect(await redis.keys(`${prefix}:x:cancel:*`)).toEqual([]);
    const [newest = ''] = await queue.getRanges(['failed'], 0, 0);
    expect(await readJobStatuses(queue, redis, [newest])).toEqual(['canceled']);
  });

  it('loses no job that a webhook or a batch still has to hear of', async () => {
    const ended = createEnded({ jobs: 1 });
    const webhook = { url: 'https://example.com/', events: ['job.succeeded' as const] };
    const waiting = await addAndEnd(ended, { webhook });
    for (let count = 0; count < 3; count++) await addAndEnd(ended);
    expect(await exists([waiting])).toEqual([true]);
    const record = await readJobRecord(queue, redis, waiting);
    if (record !== undefined) await ended.release(record);
    await addAndEnd(ended);
    expect(await exists([waiting])).toEqual([false]);
  });

  it('counts each job once, however often its end is noticed', async () => {
    const ended = createEnded({ jobs: 2 });
    const first = await addAndEnd(ended);
    const record = await readJobRecord(queue, redis, first);
    for (let count = 0; count < 3; count++) if (record !== undefined) await ended.release(record);
    const second = await addAndEnd(ended);
    expect(await exists([first, second])).toEqual([true, true]);
    expect(await redis.llen(redisKeys(prefix).endedJobs(queue.name, 'studio').list)).toBe(2);
  });
});

describe('what is kept of a kind', () => {
  it('is bounded by number and bytes; the oldest go, with all that belongs to them', async () => {
    const [list, bytes] = [`${prefix}:list`, `${prefix}:bytes`];
    const ledger = {
      ...{ keys: { list, bytes }, bounds: { entries: 3, bytes: 100 }, ttlS: 60, sets: [`${prefix}:set`] },
      targets: [{ prefix: `${prefix}:a:` }, { prefix: `${prefix}:b:`, suffix: ':more' }],
    };
    const store = async (id: string, size: number): Promise<void> => {
      await redis.mset({ [`${prefix}:a:${id}`]: 'x', [`${prefix}:b:${id}:more`]: 'x' });
      await redis.zadd(`${prefix}:set`, 1, id);
      await enterLedger(redis, ledger, { id, bytes: size });
    };
    const state = async () => ({
      ids: await redis.lrange(list, 0, -1),
      bytes: Number(await redis.get(bytes)),
      members: await redis.zrange(`${prefix}:set`, 0, '-1'),
      keys: (await redis.keys(`${prefix}:[ab]:*`)).length,
    });
    for (const id of ['1', '2', '3', '4']) await store(id, 10);
    expect(await state()).toEqual({ ids: ['2:10', '3:10', '4:10'], bytes: 30, members: ['2', '3', '4'], keys: 6 });
    await store('5', 85);
    expect(await state()).toEqual({ ids: ['4:10', '5:85'], bytes: 95, members: ['4', '5'], keys: 4 });
    await redis.del(`${prefix}:a:4`);
    await store('6', 10);
    expect((await state()).ids).toEqual(['5:85', '6:10']);
    // The newest stays, whatever its size.
    await store('7', 1_000);
    expect(await state()).toEqual({ ids: ['7:1000'], bytes: 1_000, members: ['7'], keys: 2 });
    expect(await redis.ttl(list)).toBeGreaterThan(0);
  });
});

describe('jobs whose end nobody packed', () => {
  const signal = new AbortController().signal;

  async function endLongAgo(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let place = 0; place < count; place++) {
      ids.push(await add());
      const { id = '' } = await endNext();
      await redis.zadd(queue.toKey('completed'), Date.now() - 60_000, id);
    }
    return ids;
  }

  function createStragglers(keptS = retentionS) {
    const ended = createEnded();
    const handle = async (id: string): Promise<void> => {
      const record = await readJobRecord(queue, redis, id);
      if (record !== undefined && isFinal(record)) await ended.release(record);
    };
    return new Stragglers({ redis, queue, handle, retentionS: keptS, log: createLogger('silent', {}) });
  }

  it('are packed by the dispatcher; those that just ended are left to whoever ended them', async () => {
    const ids = await endLongAgo(3);
    const fresh = await add();
    await endNext();
    await createStragglers().run(signal);
    expect(await unsettledOf(queue, redis, [...ids, fresh])).toEqual([fresh]);
  });

  it('are removed past their retention, even if the queue has nothing to do', async () => {
    const ids = await endLongAgo(2);
    for (const id of ids) await redis.hset(queue.toKey(id), 'finishedOn', String(Date.now() - 60_000));
    await createStragglers(30).run(signal);
    expect(await exists(ids)).toEqual([false, false]);
  });
});

/** What every `JobQueue` must do, run against the one in memory (unit) and the one on BullMQ (integration). */
import { anonymousOwner, createJobId, parseOptionsSchema, readJobData } from '@m2fp/contract';
import type { JobData, JobRecord } from '@m2fp/contract';
import { expect, test } from 'vitest';
import type { QueueWorker } from './memory-queue.ts';
import type { JobChanges, JobQueue, PastJob } from '../src/jobs/queue.ts';

export interface QueueUnderTest {
  readonly queue: JobQueue;
  readonly worker: QueueWorker;
  readonly changes: JobChanges;
  close(): Promise<void>;
}

/** The model of all jobs here. */
export const testModel = 'test';
const single = { class: 'single', model: testModel } as const;

export function jobData(key = 'inputs/photo.jpg'): JobData {
  return {
    v: 1,
    input: { key },
    output: { prefix: 'results/x/' },
    options: parseOptionsSchema.parse({}),
    createdAt: '2026-01-02T03:04:05.678Z',
  };
}

/** As every reader of a job has it, however the queue keeps it. */
function dataOf(record: JobRecord | undefined): JobData | undefined {
  return record && readJobData(record);
}

const nothingStored = async (): Promise<void> => undefined;

/** @param open an empty queue of its own for each test */
export function queueConformance(open: () => Promise<QueueUnderTest>): void {
  for (const [behavior, check] of Object.entries(behaviors)) {
    test(behavior, async () => {
      const opened = await open();
      try {
        await check(opened);
      } finally {
        await opened.close();
      }
    });
  }
}

async function addAndTake({ queue, worker }: QueueUnderTest): Promise<string> {
  const id = createJobId();
  await queue.add(id, jobData(), single);
  expect(await worker.take()).toBe(id);
  return id;
}

const behaviors: Record<string, (opened: QueueUnderTest) => Promise<void>> = {
  'an added job is queued with its data and no attempts': async ({ queue }) => {
    const id = createJobId();
    await queue.add(id, jobData(), single);
    const record = await queue.find(id);
    expect(dataOf(record)).toEqual(jobData());
    expect(record).toMatchObject({
      id,
      state: 'queued',
      attempts: 0,
      startedAtMs: undefined,
      finishedAtMs: undefined,
      result: undefined,
      failure: undefined,
    });
  },

  'an id that was never added is not found': async ({ queue }) => {
    expect(await queue.find(createJobId())).toBeUndefined();
  },

  'adding an id twice leaves one job, the first': async ({ queue }) => {
    const id = createJobId();
    await queue.add(id, jobData('inputs/first.jpg'), single);
    await queue.add(id, jobData('inputs/second.jpg'), single);
    expect(await queue.backlog(testModel)).toBe(1);
    expect(dataOf(await queue.find(id))).toEqual(jobData('inputs/first.jpg'));
  },

  'an owner’s jobs are taken by class, then in the order of arrival': async ({ queue, worker }) => {
    const [first, second, urgent] = [createJobId(), createJobId(), createJobId()];
    await queue.add(first, jobData(), single);
    await queue.add(second, jobData(), single);
    await queue.add(urgent, jobData(), { class: 'interactive', model: testModel });
    expect([await worker.take(), await worker.take(), await worker.take()]).toEqual([urgent, first, second]);
  },

  'a taken job is processing, in its first attempt, and shows its progress': async (opened) => {
    const { queue, worker } = opened;
    const id = await addAndTake(opened);
    await worker.progress(id, { stage: 'fetched', percent: 20 });
    const record = await queue.find(id);
    expect(record).toMatchObject({ state: 'processing', attempts: 1, progress: { stage: 'fetched', percent: 20 } });
    expect(record?.startedAtMs).toBeTypeOf('number');
    expect(record?.finishedAtMs).toBeUndefined();
  },

  'a completed job has succeeded, with what the worker returned': async (opened) => {
    const { queue, worker } = opened;
    const id = await addAndTake(opened);
    await worker.complete(id, { v: 1, people: 3 });
    const record = await queue.find(id);
    expect(record).toMatchObject({ state: 'succeeded', result: { v: 1, people: 3 }, failure: undefined });
    expect(record?.finishedAtMs).toBeGreaterThanOrEqual(record?.startedAtMs ?? Infinity);
  },

  'a job failed for good has failed, with the reason as it was written': async (opened) => {
    const { queue, worker } = opened;
    const id = await addAndTake(opened);
    await worker.fail(id, '{"code":"image_unreadable","message":"cut off"}', { retry: false });
    const record = await queue.find(id);
    expect(record).toMatchObject({ state: 'failed', failure: '{"code":"image_unreadable","message":"cut off"}' });
    expect(record?.result).toBeUndefined();
    expect(record?.finishedAtMs).toBeTypeOf('number');
  },

  'a failed attempt that will be repeated is queued again and has no failure': async (opened) => {
    const { queue, worker } = opened;
    const id = await addAndTake(opened);
    await worker.fail(id, '{"code":"timeout","message":"too slow"}', { retry: true });
    expect(await queue.find(id)).toMatchObject({ state: 'queued', attempts: 1, failure: undefined });
    expect(await queue.backlog(testModel)).toBe(1);
  },

  'a job that fails once and then succeeds has succeeded': async (opened) => {
    const { queue, worker } = opened;
    const id = await addAndTake(opened);
    await worker.fail(id, '{"code":"timeout","message":"too slow"}', { retry: true });
    await expect.poll(() => worker.take(), { timeout: 20_000, interval: 200 }).toBe(id);
    await worker.complete(id, { v: 1 });
    expect(await queue.find(id)).toMatchObject({ state: 'succeeded', attempts: 2, failure: undefined });
  },

  'statuses are told without reading the jobs': async (opened) => {
    const { queue, worker } = opened;
    const done = await addAndTake(opened);
    await worker.complete(done, {});
    const failed = await addAndTake(opened);
    await worker.fail(failed, '{"code":"image_unreadable","message":"cut off"}', { retry: false });
    const canceled = createJobId();
    await queue.add(canceled, jobData(), single);
    await queue.cancel(canceled, nothingStored);
    const running = await addAndTake(opened);
    const waiting = createJobId();
    await queue.add(waiting, jobData(), single);
    const ids = [done, failed, canceled, running, waiting, createJobId()];
    const statuses = ['succeeded', 'failed', 'canceled', 'processing', 'queued', undefined];
    expect(await queue.statuses(ids)).toEqual(statuses);
    expect(await queue.statuses([])).toEqual([]);
  },

  'the backlog counts waiting jobs, not running or finished ones': async (opened) => {
    const { queue, worker } = opened;
    await addAndTake(opened);
    await worker.complete(await addAndTake(opened), {});
    await queue.add(createJobId(), jobData(), single);
    await queue.add(createJobId(), jobData(), { class: 'batch', model: testModel });
    expect(await queue.backlog(testModel)).toBe(2);
  },

  'a waiting job has a place, and a later one that a request waits for goes before it': async ({ queue, worker }) => {
    const [first, second, urgent] = [createJobId(), createJobId(), createJobId()];
    await queue.add(first, jobData(), single);
    await queue.add(second, jobData(), single);
    expect(await queue.place({ id: second, model: testModel })).toEqual({ position: 2, estimatedWaitS: null });
    await queue.add(urgent, jobData(), { class: 'interactive', model: testModel });
    expect(await queue.place({ id: second, model: testModel })).toMatchObject({ position: 3 });
    await worker.take();
    expect(await queue.place({ id: urgent, model: testModel })).toBeUndefined();
    expect(await queue.place({ id: first, model: testModel })).toMatchObject({ position: 1 });
    expect(await queue.place({ id: createJobId(), model: testModel })).toBeUndefined();
  },

  'a waiting job that is canceled has failed with that code, and is not taken': async ({ queue, worker }) => {
    const id = createJobId();
    await queue.add(id, jobData(), single);
    expect(await queue.cancel(id, nothingStored)).toBe('canceled');
    const record = await queue.find(id);
    expect(record).toMatchObject({ state: 'failed', failure: expect.stringContaining('"canceled"') as string });
    expect(await worker.take()).toBeUndefined();
    expect(await queue.cancel(id, nothingStored)).toBe('finished');
  },

  'a running job that is canceled continues until its worker stops it': async (opened) => {
    const { queue } = opened;
    const id = await addAndTake(opened);
    expect(await queue.cancel(id, nothingStored)).toBe('stopping');
    expect(await queue.find(id)).toMatchObject({ state: 'processing' });
  },

  'a job that does not exist is not canceled': async ({ queue }) => {
    expect(await queue.cancel(createJobId(), nothingStored)).toBe('unknown');
  },

  'a job that is not running is removed completely, and its id can be used again': async (opened) => {
    const { queue, worker } = opened;
    const id = createJobId();
    await queue.add(id, jobData('inputs/first.jpg'), single);
    expect(await queue.remove(id, anonymousOwner)).toBe(true);
    expect(await queue.find(id)).toBeUndefined();
    expect(await worker.take()).toBeUndefined();
    await queue.add(id, jobData('inputs/second.jpg'), single);
    expect(await worker.take()).toBe(id);
    await worker.complete(id, {});
    expect(await queue.remove(id, anonymousOwner)).toBe(true);
    expect(await queue.find(id)).toBeUndefined();
  },

  'a running job is not removed': async (opened) => {
    const id = await addAndTake(opened);
    expect(await opened.queue.remove(id, anonymousOwner)).toBe(false);
    expect(await opened.queue.find(id)).toMatchObject({ state: 'processing' });
  },

  'removing a job that does not exist succeeds': async ({ queue }) => {
    expect(await queue.remove(createJobId(), anonymousOwner)).toBe(true);
  },

  'a subscriber to a job is notified of changes until it unsubscribes': async (opened) => {
    const { queue, worker, changes } = opened;
    const [id, next] = [createJobId(), createJobId()];
    await queue.add(id, jobData(), single);
    await queue.add(next, jobData(), single);
    const told = { id: 0, next: 0, stranger: 0 };
    const stop = changes.subscribe(id, () => told.id++);
    changes.subscribe(createJobId(), () => told.stranger++);
    await worker.take();
    await expect.poll(() => told.id, { timeout: 5_000 }).toBeGreaterThan(0);
    const before = told.id;
    await worker.complete(id, {});
    await expect.poll(() => told.id, { timeout: 5_000 }).toBeGreaterThan(before);
    stop();
    const after = told.id;
    await queue.remove(id, anonymousOwner);
    changes.subscribe(next, () => told.next++);
    await worker.take();
    await expect.poll(() => told.next, { timeout: 5_000 }).toBeGreaterThan(0);
    expect(told).toMatchObject({ id: after, stranger: 0 });
  },

  'an owner’s history has its own jobs, newest first, page by page': async ({ queue }) => {
    const ids: string[] = [];
    const now = Date.now();
    for (const agoMs of [2, 2, 2, 1, 0]) {
      const id = createJobId();
      ids.push(id);
      const createdAt = new Date(now - agoMs).toISOString();
      await queue.add(id, { ...jobData(), owner: 'a', createdAt }, single);
    }
    await queue.add(createJobId(), { ...jobData(), owner: 'b', createdAt: new Date().toISOString() }, single);
    const read: string[] = [];
    let before: PastJob | undefined;
    for (let pages = 0; pages < 5; pages++) {
      const page = await queue.history('a', { before, limit: 2 });
      read.push(...page.map(({ id }) => id));
      before = page.at(-1) ?? before;
    }
    const sameTime = ids.slice(0, 3).sort().reverse();
    expect(read).toEqual([ids[4], ids[3], ...sameTime]);
  },

  'a removed job is no longer known; an existing one is known to its owner': async ({ queue }) => {
    const id = createJobId();
    await queue.add(id, { ...jobData(), createdAt: new Date().toISOString() }, single);
    expect(await queue.isKnown(id, anonymousOwner)).toBe(true);
    expect(await queue.isKnown(id, 'other')).toBe(false);
    await queue.remove(id, anonymousOwner);
    expect(await queue.isKnown(id, anonymousOwner)).toBe(false);
  },
};

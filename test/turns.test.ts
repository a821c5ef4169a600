/** Turns between owners on a real queue: whom a worker serves next, however many jobs somebody else has waiting. */
import { randomBytes } from 'node:crypto';
import { createJobId, parseOptionsSchema, redisKeys, type JobClass, type JobData } from '@m2fp/contract';
import { openQueue } from '@m2fp/queue/open-queue';
import { EndedJobs } from '@m2fp/queue/retention';
import { cancelJob, enqueueJob, enqueueJobs, removeJob, type NewJob } from '@m2fp/queue/jobs';
import { giveTurns } from '@m2fp/queue/turns';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

const queueName = 'parse-turns';
const token = 'token';

/** A queue of its own, and a worker under manual control. */
function openLine() {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
  const queue = openQueue(queueName, { connection: redis, prefix });
  const worker = new Worker(queueName, null, { connection: redis, prefix, autorun: false });
  const keys = redisKeys(prefix);
  const parts = { queue, redis, keys };
  const shares = { retained_jobs: 10_000, retained_bytes: 2 ** 30 };
  const ended = new EndedJobs({ ...parts, shares, retentionS: 3_600, retentionCount: 10_000 });
  const cancelParts = { ...parts, ended, removeResults: async (): Promise<void> => undefined };
  onTestFinished(async () => {
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
    await redis.del(keys.turns(queueName), keys.freedTurns(queueName));
    redis.disconnect();
  });
  const owners = new Map<string, string>();
  const newJob = (owner: string, jobClass: JobClass): NewJob => {
    const data: JobData = {
      ...{ v: 1, owner, input: { key: 'inputs/photo.jpg' }, output: { prefix: 'results/' } },
      ...{ options: parseOptionsSchema.parse({}), createdAt: new Date().toISOString() },
    };
    const id = createJobId();
    owners.set(id, owner);
    return { id, data, class: jobClass };
  };
  const take = async (): Promise<Job | undefined> =>
    (await worker.getNextJob(token, { block: false })) as Job | undefined;
  const end = async (job: Job | undefined): Promise<void> => void (await job?.moveToCompleted({}, token, false));
  return {
    ...{ redis, queue, keys, parts, take, end },
    async add(owner: string, jobClass: JobClass = 'single'): Promise<string> {
      const job = newJob(owner, jobClass);
      await enqueueJob(job, parts);
      return job.id;
    },
    async addMany(owner: string, jobClass: JobClass, count: number): Promise<string[]> {
      const jobs = Array.from({ length: count }, () => newJob(owner, jobClass));
      await enqueueJobs(jobs, parts);
      return jobs.map(({ id }) => id);
    },
    /** Owners of the next jobs, as a worker takes them. */
    async takeOwners(count: number): Promise<(string | undefined)[]> {
      const taken: (string | undefined)[] = [];
      for (let place = 0; place < count; place++) {
        const job = await take();
        taken.push(owners.get(job?.id ?? ''));
        await end(job);
      }
      return taken;
    },
    /** How many are taken before the job, which is taken too. */
    async takenBefore(id: string): Promise<number> {
      for (let count = 0; ; count++) {
        const job = await take();
        if (job === undefined) throw new Error('It never came.');
        await end(job);
        if (job.id === id) return count;
      }
    },
    cancel: (id: string) => cancelJob(id, cancelParts),
    remove: (id: string) => removeJob(id, parts),
    waiting: () => queue.getPrioritizedCount(),
  };
}

const classes = ['interactive', 'single', 'batch'] as const;

describe('an owner with thousands of jobs of every class', () => {
  it.each([classes, [...classes].reverse()])(
    'is ahead of another’s by one job at most, even at the start',
    async (...order) => {
      const line = openLine();
      for (const jobClass of order) await line.addMany('a', jobClass, 100);
      expect(await line.takenBefore(await line.add('b'))).toBeLessThanOrEqual(1);
    },
  );

  it.each(classes)('lets another owner’s %s job go next', async (jobClass) => {
    const line = openLine();
    for (const each of classes) await line.addMany('a', each, 1_000);
    const [, , first] = await line.takeOwners(3);
    expect(first).toBe('a');
    const id = await line.add('b', jobClass);
    // A photo of a batch has the last place in its round.
    expect(await line.takenBefore(id)).toBeLessThanOrEqual(jobClass === 'batch' ? 3 : 0);
    await line.addMany('a', 'interactive', 100);
    expect(await line.takenBefore(await line.add('c'))).toBe(0);
  });

  it('lets every owner have the same share, whoever came first', async () => {
    const line = openLine();
    await line.addMany('a', 'single', 1_000);
    await line.takeOwners(10);
    for (const owner of ['b', 'c', 'd']) await line.addMany(owner, 'single', 20);
    const taken = await line.takeOwners(40);
    for (const owner of ['a', 'b', 'c', 'd']) {
      expect(taken.filter((one) => one === owner).length, owner).toBeGreaterThanOrEqual(9);
    }
  });

  it('gets back no turns that it did not use', async () => {
    const line = openLine();
    await line.addMany('a', 'single', 100);
    await line.takeOwners(50);
    await line.add('b');
    await line.takeOwners(20);
    // It had nothing waiting for long; that does not let it have many at once now.
    await line.addMany('b', 'single', 30);
    const taken = await line.takeOwners(20);
    expect(taken.filter((one) => one === 'b').length).toBeLessThanOrEqual(11);
  });
});

describe('one owner’s jobs', () => {
  it('are taken one of a batch to eight single ones, and those that a request waits for first', async () => {
    const line = openLine();
    const photos = new Set(await line.addMany('a', 'batch', 20));
    const singles = new Set(await line.addMany('a', 'single', 40));
    const interactive = await line.add('a', 'interactive');
    const order: string[] = [];
    for (let place = 0; place < 28; place++) {
      const job = await line.take();
      order.push(
        job?.id === interactive ? 'i' : singles.has(job?.id ?? '') ? 's' : photos.has(job?.id ?? '') ? 'b' : '?',
      );
      await line.end(job);
    }
    expect(order.join('')).toBe(`isb${'s'.repeat(8)}b${'s'.repeat(8)}b${'s'.repeat(7)}`);
  });

  it('are taken in their order of arrival', async () => {
    const line = openLine();
    const ids = [...(await line.addMany('a', 'single', 700)), await line.add('a')];
    const taken: unknown[] = [];
    for (let job = await line.take(); job !== undefined; job = await line.take()) {
      taken.push(job.id);
      await line.end(job);
    }
    expect(taken).toEqual(ids);
  });

  it('are one job and one turn if added twice', async () => {
    const line = openLine();
    await line.addMany('a', 'single', 5);
    const job: NewJob = {
      ...{ id: createJobId(), class: 'single' },
      data: { ...((await line.queue.getPrioritized())[0]?.data as JobData), owner: 'b' },
    };
    for (let time = 0; time < 3; time++) await enqueueJob(job, line.parts);
    expect(await line.waiting()).toBe(6);
    expect(await line.redis.hget(line.keys.turns(queueName), 'b/single')).toBe('1');
  });
});

describe('a job that was canceled or withdrawn', () => {
  it.each(['first to last', 'last to first'])('costs its owner no turn: all of many, %s', async (order) => {
    const line = openLine();
    await line.addMany('a', 'single', 500);
    const ids = await line.addMany('b', 'single', 200);
    for (const [place, id] of (order === 'first to last' ? ids : ids.reverse()).entries()) {
      if (place % 2 === 0) await line.cancel(id);
      else await line.remove(id);
    }
    expect(await line.waiting()).toBe(500);
    await line.takeOwners(5);
    expect(await line.takenBefore(await line.add('b'))).toBe(0);
  });

  it('is remembered for a while, and not for good', async () => {
    const line = openLine();
    const [, second = ''] = await line.addMany('a', 'single', 3);
    expect(await line.cancel(second)).toBe('canceled');
    const { turns, freedTurns } = line.keys;
    for (const key of [turns(queueName), freedTurns(queueName)]) expect(await line.redis.ttl(key)).toBeGreaterThan(0);
  });

  it('never gives its owner two turns in one round', async () => {
    const line = openLine();
    await line.addMany('other', 'single', 300);
    // Tries to pile up many jobs in one round by canceling the earlier ones.
    let ids: string[] = [];
    for (let time = 0; time < 20; time++) {
      ids.push(...(await line.addMany('greedy', 'single', 20 - ids.length)));
      for (const id of ids.slice(0, -1)) await line.cancel(id);
      ids = ids.slice(-1);
    }
    await line.addMany('greedy', 'single', 50);
    const taken = await line.takeOwners(60);
    for (let start = 0; start < 50; start += 10) {
      const some = taken.slice(start, start + 10);
      expect(some.filter((one) => one === 'greedy').length, some.join(' ')).toBeLessThanOrEqual(6);
    }
  });
});

describe('a job that is tried again', () => {
  it('waits for its owner’s next turn, and nobody else waits for it', async () => {
    const line = openLine();
    await line.addMany('a', 'single', 50);
    const failed: (string | undefined)[] = [];
    for (let count = 0; count < 10; count++) {
      const job = await line.take();
      failed.push(job?.id);
      await job?.moveToFailed(new Error('temporary'), token, false);
      await line.redis.zadd(line.queue.toKey('delayed'), 0, job?.id ?? '');
    }
    const id = await line.add('b');
    await giveTurns(line.parts);
    expect(await line.takenBefore(id)).toBe(0);
    // Before its turn is given it waits at the end; a worker with nothing else to do takes it anyway.
    expect(await line.takeOwners(60)).toEqual([
      ...Array<string>(50).fill('a'),
      ...Array<undefined>(10).fill(undefined),
    ]);
    const states = await Promise.all(failed.map((one) => line.queue.getJobState(one ?? '')));
    expect(new Set(states)).toEqual(new Set(['completed']));
  });

  it('keeps its turn if a worker that stops handed it back', async () => {
    const line = openLine();
    await line.addMany('a', 'single', 50);
    const job = await line.take();
    await job?.moveToWait(token);
    await giveTurns(line.parts);
    expect((await line.take())?.id).toBe(job?.id);
  });
});

it('jobs of an earlier version, or added by somebody else, get their turns too', async () => {
  const line = openLine();
  const data = { owner: 'old', input: {} };
  for (let count = 0; count < 30; count++)
    await line.queue.add('parse', data, { priority: 100, jobId: `old-${count}` });
  await line.queue.add('parse', 'no object', { priority: 1, jobId: 'odd' });
  await giveTurns(line.parts);
  const turns = await line.redis.hgetall(line.keys.turns(queueName));
  expect(turns).toMatchObject({ 'old/single': '30', 'anonymous/single': '1' });
  // Both have joined in this round, before it.
  expect(await line.takenBefore(await line.add('new'))).toBe(2);
});

it('what is remembered of owners is forgotten when nobody waits, and bounded while somebody does', async () => {
  const line = openLine();
  const turns = line.keys.turns(queueName);
  await line.addMany('always', 'single', 1_500);
  for (let count = 0; count < 1_300; count++) {
    await line.add(`owner-${count}`, 'interactive');
    await line.takeOwners(2);
  }
  expect(await line.redis.hlen(turns)).toBeLessThan(1_050);
  while ((await line.takeOwners(1))[0] !== undefined);
  await line.add('only');
  expect(Object.keys(await line.redis.hgetall(turns)).sort()).toEqual(['only', 'only/single']);
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), owner: fc.nat(4), class: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), outcome: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(1_000) }) },
);

it('whatever happens, no job is lost or doubled, and a newcomer’s job is next', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const line = openLine();
      const open = new Set<string>();
      for (const one of steps) {
        if (one.do === 'add') open.add(await line.add(`owner-${one.owner}`, classes[one.class]));
        else if (one.do === 'cancel') {
          const id = [...open][one.which % Math.max(1, open.size)];
          if (id !== undefined && (await line.cancel(id)) === 'canceled') open.delete(id);
        } else {
          const job = await line.take();
          if (one.outcome === 0) await job?.moveToWait(token);
          else if (one.outcome === 1) await job?.moveToFailed(new Error('temporary'), token, false);
          else if (one.outcome === 2) await job?.moveToFailed(new UnrecoverableError('final'), token, false);
          else await line.end(job);
          if (one.outcome >= 2) open.delete(job?.id ?? '');
        }
      }
      await giveTurns(line.parts);
      // Before it are those who joined in the same round, and jobs that were already taken once.
      const handedBack = steps.filter((one) => one.do === 'take' && one.outcome === 0).length;
      const owners = new Set(steps.flatMap((one) => (one.do === 'add' ? one.owner : [])));
      expect(await line.takenBefore(await line.add('newcomer'))).toBeLessThanOrEqual(handedBack + owners.size);
      const delayed = await line.queue.getDelayed();
      for (const { id = '' } of delayed) await line.redis.zadd(line.queue.toKey('delayed'), 0, id);
      // The first look promotes what was delayed.
      for (let job = await line.take(); job !== undefined; job = await line.take()) {
        await line.end(job);
      }
      expect(await line.queue.getJobCountByTypes('wait', 'prioritized', 'delayed', 'active')).toBe(0);
    }),
    { numRuns: 15 },
  );
});

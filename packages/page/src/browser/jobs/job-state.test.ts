import type { Job } from '@m2fp/client/jobs';
import { expect, it } from 'vitest';
import { endOf, stateOf } from './job-state.ts';

const job = (facts: Partial<Job>): Job => ({ id: 'job_1', started_at: null, ...facts }) as Job;

it('tells the place in the queue, and how long it takes if that is known', () => {
  const queued = (facts: Partial<Job>) => stateOf(job({ status: 'queued', ...facts }), { stage: 'waiting' });
  expect(queued({ queue: { position: 2, estimated_wait_s: 4.2 } })).toEqual({
    stage: 'queued',
    position: 2,
    estimatedWaitS: 4.2,
  });
  expect(queued({ queue: { position: 2, estimated_wait_s: null } })).toEqual({ stage: 'queued', position: 2 });
  expect(queued({})).toEqual({ stage: 'queued' });
});

it('counts the time of parsing from its start, and never from the future', () => {
  const parsing = { status: 'processing', progress: { percent: 5, stage: 'detected', done: 1, total: 3 } } as const;
  const started = job({ ...parsing, started_at: '2026-01-01T00:00:00.000Z' });
  const restored = stateOf(started, { stage: 'waiting' });
  expect(restored).toEqual({
    ...{ stage: 'parsing', percent: 5, step: 'detected', done: 1, total: 3 },
    sinceMs: Date.parse('2026-01-01T00:00:00.000Z'),
  });
  expect(stateOf(started, restored)).toEqual(restored);
  const beforeMs = Date.now();
  const seen = stateOf(started, { stage: 'queued' });
  expect(seen.stage === 'parsing' && seen.sinceMs >= beforeMs).toBe(true);
  const ahead = stateOf(job({ ...parsing, started_at: '2999-01-01T00:00:00.000Z' }), { stage: 'waiting' });
  expect(ahead.stage === 'parsing' && ahead.sinceMs <= Date.now()).toBe(true);
});

it('knows an end by the status', () => {
  expect(endOf(job({ status: 'processing' }))).toBeUndefined();
  const error = { code: 'timeout', message: 'Too long.' } as const;
  expect(endOf(job({ status: 'failed', error }))).toMatchObject({ stage: 'failed', canRetry: true, error });
  const unreadable = { code: 'image_unreadable', message: 'Words.' } as const;
  expect(endOf(job({ status: 'failed', error: unreadable }))).toMatchObject({ stage: 'failed', canRetry: false });
  expect(endOf(job({ status: 'canceled' }))).toMatchObject({
    stage: 'failed',
    error: { code: 'canceled', jobId: 'job_1' },
  });
});

import { AppError } from '@m2fp/contract';
import { createLogger } from '@m2fp/service/logger';
import { DelayedError } from 'bullmq';
import { expect, test, vi } from 'vitest';
import { StorageOutage, type StorageOutageParts } from './storage-outage.ts';

const log = createLogger('silent', { app: 'worker' });
const away = new AppError('storage_unavailable', 'away', { reason: 'slow_down' });

function setUp(changes: Partial<StorageOutageParts> = {}) {
  const moveToDelayed = vi.fn(async () => undefined);
  const intake = { pause: vi.fn(async () => undefined), resume: vi.fn(async () => undefined) };
  const activity = { progress: vi.fn(), count: vi.fn() };
  const metrics = { attempt: vi.fn() };
  const ping = vi.fn(async () => undefined);
  const { signal: stopping } = new AbortController();
  const outage = new StorageOutage({
    ping,
    maxStartedAttempts: 20,
    activity,
    metrics,
    log,
    stopping,
    askEveryMs: 1,
    ...changes,
  });
  outage.control(intake);
  const meet = (error: unknown, attemptsStarted = 1) =>
    outage.putOff(error, { job: { attemptsStarted, moveToDelayed }, token: 't', log });
  return { meet, moveToDelayed, intake, activity, metrics, ping };
}

test('a job that meets an outage is put off, longer each time, and at last fails like any other', async () => {
  const { meet, moveToDelayed, metrics } = setUp();
  const pauses: number[] = [];
  for (let started = 1; started <= 10; started++) {
    const before = Date.now();
    expect(await meet(away, started)).toBeInstanceOf(DelayedError);
    pauses.push(Number((moveToDelayed.mock.lastCall as unknown[] | undefined)?.[0]) - before);
  }
  expect(pauses[0]).toBeLessThan(3_000);
  expect(pauses.reduce((sum, ms) => sum + ms)).toBeGreaterThan(180_000);
  expect(await meet(away, 11)).toBeUndefined();
  expect(metrics.attempt.mock.calls).toEqual(Array(10).fill(['handedBack', 'storage_unavailable']));
});

test('no other failure is', async () => {
  const { meet, moveToDelayed, ping } = setUp();
  for (const error of [new AppError('timeout', 'x'), new AppError('input_denied', 'x'), new Error('x')]) {
    expect(await meet(error)).toBeUndefined();
  }
  expect([moveToDelayed.mock.calls.length, ping.mock.calls.length]).toEqual([0, 0]);
});

test('while S3 does not answer, the worker takes no jobs, and says that it is alive', async () => {
  const { meet, intake, activity, ping } = setUp();
  ping.mockRejectedValueOnce(away).mockRejectedValueOnce(away).mockRejectedValueOnce(away);
  await Promise.all([meet(away), meet(away), meet(away)]);
  await vi.waitFor(() => expect(intake.resume).toHaveBeenCalledOnce());
  expect(intake.pause).toHaveBeenCalledExactlyOnceWith(true);
  expect([ping.mock.calls.length, activity.progress.mock.calls.length]).toEqual([4, 3]);
});

test('while S3 answers, it goes on: something is wrong with a few objects only', async () => {
  const { meet, intake, ping } = setUp();
  await meet(away);
  await vi.waitFor(() => expect(ping).toHaveBeenCalledOnce());
  await new Promise(setImmediate);
  expect(intake.pause).not.toHaveBeenCalled();
});

test('a worker that stops takes no jobs again', async () => {
  const stop = new AbortController();
  const { meet, intake, ping } = setUp({ stopping: stop.signal, askEveryMs: 60_000 });
  ping.mockRejectedValueOnce(away);
  await meet(away);
  await vi.waitFor(() => expect(intake.pause).toHaveBeenCalledOnce());
  stop.abort();
  await new Promise(setImmediate);
  expect(intake.resume).not.toHaveBeenCalled();
});

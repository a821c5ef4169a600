import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientOf } from '../testing/scripted-service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const photo = new Uint8Array([1]);
const job = { id: 'job_1', status: 'queued', attempts: 0, progress: { percent: 0, stage: null } };
const failure = new TypeError('fetch failed');

/** Of a service whose jobs never end, and which is away for the first `awayMs`. */
function neverDone(awayMs: number) {
  const backMs = Date.now() + awayMs;
  return clientOf(({ url }) => {
    if (Date.now() < backMs) throw failure;
    return url.endsWith('/events') ? new Response(null, { status: 204 }) : Response.json(job);
  }).client;
}

test.each([
  [undefined, 30 * 60_000, 'It took longer than 1800 s.'],
  [10 * 60_000, 10 * 60_000, 'It took longer than 600 s.'],
])('creating a job and waiting for it share one deadline: %s ms', async (timeoutMs, ms, message) => {
  const ended = vi.fn((error: unknown) => error);
  const parsed = neverDone(6 * 60_000)
    .parse(photo, { timeoutMs, maxRetries: Infinity })
    .catch(ended);
  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(await parsed).toMatchObject({ code: 'wait_timeout', jobId: 'job_1', message });
});

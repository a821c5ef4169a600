import type { Job } from '@m2fp/client/jobs';
import { expect, it } from 'vitest';
import { JobFollower } from './follow-job.ts';

const parsing = { id: 'job_1', status: 'processing' } as Job;
const canceled = { ...parsing, status: 'canceled' } as Job;

interface Stream {
  readonly signal: AbortSignal;
  readonly end: (job: Job) => void;
}

/** Its streams stay open until they are ended or aborted. */
function startService() {
  const streams: Stream[] = [];
  const jobs = {
    get: () => Promise.resolve(parsing),
    waitFor: (_id: string, { signal }: { signal?: AbortSignal | undefined } = {}) =>
      new Promise<Job>((resolve, reject) => {
        if (signal === undefined) throw new Error('Nobody could end this stream.');
        streams.push({ signal, end: resolve });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
  const follower = (): JobFollower =>
    new JobFollower(() => jobs, { onRetry: () => undefined, onProgress: () => undefined });
  return { streams, follower, open: () => streams.filter(({ signal }) => !signal.aborted).length };
}

it('has no more streams than two and the one of the photo that is looked at, whichever were looked at', async () => {
  const service = startService();
  const turn = new AbortController();
  const followed = Array.from({ length: 7 }, async () => {
    const follower = service.follower();
    follower.isWatched = true;
    const end = follower.follow(parsing, turn.signal);
    await Promise.resolve();
    follower.isWatched = false;
    return end;
  });
  const last = service.follower();
  last.isWatched = true;
  followed.push(last.follow(parsing, turn.signal));
  await new Promise((resolve) => setImmediate(resolve));
  expect(service.open()).toBe(3);
  turn.abort('closed');
  const ends = await Promise.allSettled(followed);
  expect(ends.map((end) => end.status === 'rejected' && String(end.reason))).toEqual(followed.map(() => 'closed'));
  expect(service.open()).toBe(0);
});

it('goes on by a slot when the visitor looks elsewhere', async () => {
  const service = startService();
  const follower = service.follower();
  follower.isWatched = true;
  const end = follower.follow(parsing, new AbortController().signal);
  follower.isWatched = false;
  await new Promise((resolve) => setImmediate(resolve));
  expect(service.streams.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  service.streams[1]?.end(canceled);
  expect(await end).toBe(canceled);
});

import { DelayedError, type Job } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { createLogger } from '@m2fp/service/logger';
import { oneRunPerJob } from './queue-worker.ts';

const log = createLogger('silent', {});
const result = 'the result';

function jobOf(id: string, moveToDelayed = async (): Promise<void> => undefined): Job<unknown, string> {
  return { id, moveToDelayed } as unknown as Job<unknown, string>;
}

/** A processor whose runs end when the test says so, or when they are stopped. */
function controllable() {
  const runs: { finish: () => void; reason: () => unknown }[] = [];
  const process = oneRunPerJob(
    (_job, _token, signal) =>
      new Promise<string>((resolve, reject) => {
        runs.push({ finish: () => resolve(result), reason: () => signal?.reason as unknown });
        signal?.addEventListener('abort', () => reject(new Error('called off')));
      }),
    log,
  );
  return { process, runs };
}

describe('a worker that gets its own job again', () => {
  it('stops the older run, postpones the newer one, and runs the job when it comes again', async () => {
    const { process, runs } = controllable();
    const first = process(jobOf('a'), 'token 1');
    const moveToDelayed = vi.fn(async () => undefined);
    const second = process(jobOf('a', moveToDelayed), 'token 2');
    await expect(second).rejects.toBeInstanceOf(DelayedError);
    await expect(first).rejects.toThrow('called off');
    expect(runs[0]?.reason()).toBe('lock-lost');
    expect(moveToDelayed).toHaveBeenCalledExactlyOnceWith(expect.any(Number), 'token 2');

    const third = process(jobOf('a'), 'token 3');
    runs[1]?.finish();
    await expect(third).resolves.toBe(result);
    expect(runs).toHaveLength(2);
  });

  it('leaves it to the lock if Redis cannot postpone it', async () => {
    const { process } = controllable();
    const first = process(jobOf('a'), 'token 1');
    const again = jobOf('a', () => Promise.reject(new Error('Connection is closed')));
    await expect(process(again, 'token 2')).rejects.toBeInstanceOf(DelayedError);
    await expect(first).rejects.toThrow('called off');
  });

  it('runs different jobs side by side', async () => {
    const { process, runs } = controllable();
    const both = [process(jobOf('a'), 'token 1'), process(jobOf('b'), 'token 2')];
    for (const { finish } of runs) finish();
    await expect(Promise.all(both)).resolves.toEqual([result, result]);
  });

  it('passes on BullMQ’s own abort', async () => {
    const { process, runs } = controllable();
    const bullmq = new AbortController();
    const run = process(jobOf('a'), 'token 1', bullmq.signal);
    bullmq.abort('handed-back');
    await expect(run).rejects.toThrow('called off');
    expect(runs[0]?.reason()).toBe('handed-back');
  });
});

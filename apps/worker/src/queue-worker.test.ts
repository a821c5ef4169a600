import { createLogger } from '@m2fp/service/logger';
import { describe, expect, it, vi } from 'vitest';
import { drain, type DrainSteps } from './queue-worker.ts';

const log = createLogger('silent', {});
const times = { drainMs: 5_000, graceMs: 5_000 };
const never = new Promise<never>(() => undefined);

function steps(changes: Partial<DrainSteps> = {}) {
  return { close: async () => undefined, handBack: vi.fn(), hasJobs: () => true, ...changes };
}

describe('a worker that is told to stop', () => {
  it('lets running jobs finish', async () => {
    const stop = steps();
    await expect(drain(stop, times, log)).resolves.toBe(true);
    expect(stop.handBack).not.toHaveBeenCalled();
  });

  it('hands back jobs that did not finish in time', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const stop = steps({ close: () => closed, handBack: vi.fn(() => resolve()) });
    await expect(drain(stop, { drainMs: 10, graceMs: 5_000 }, log)).resolves.toBe(true);
    expect(stop.handBack).toHaveBeenCalledOnce();
  });

  it('gives up if its jobs never end, and says so', async () => {
    const stop = steps({ close: () => never });
    await expect(drain(stop, { drainMs: 10, graceMs: 10 }, log)).resolves.toBe(false);
    expect(stop.handBack).toHaveBeenCalledOnce();
  });

  it('waits only briefly if there is no job to wait for', async () => {
    const stop = steps({ close: () => never, hasJobs: () => false });
    await expect(drain(stop, { drainMs: 3_600_000, graceMs: 10 }, log)).resolves.toBe(true);
    expect(stop.handBack).not.toHaveBeenCalled();
  });

  it('hands its jobs back if the queue cannot be closed', async () => {
    const stop = steps({ close: () => Promise.reject(new Error('broken')) });
    await expect(drain(stop, times, log)).resolves.toBe(false);
    expect(stop.handBack).toHaveBeenCalledOnce();
  });
});

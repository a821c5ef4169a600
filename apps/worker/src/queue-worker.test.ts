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
  it('lets the jobs in hand finish', async () => {
    const stop = steps();
    await expect(drain(stop, times, log)).resolves.toBe(true);
    expect(stop.handBack).not.toHaveBeenCalled();
  });

  it('hands back what did not finish in time', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const stop = steps({ close: () => closed, handBack: vi.fn(() => resolve()) });
    await expect(drain(stop, { drainMs: 10, graceMs: 5_000 }, log)).resolves.toBe(true);
    expect(stop.handBack).toHaveBeenCalledOnce();
  });

  it('ends although its jobs are never put down, and says so', async () => {
    const stop = steps({ close: () => never });
    await expect(drain(stop, { drainMs: 10, graceMs: 10 }, log)).resolves.toBe(false);
    expect(stop.handBack).toHaveBeenCalledOnce();
  });

  it('waits only the short time where there is no job to wait for', async () => {
    const stop = steps({ close: () => never, hasJobs: () => false });
    await expect(drain(stop, { drainMs: 3_600_000, graceMs: 10 }, log)).resolves.toBe(true);
    expect(stop.handBack).not.toHaveBeenCalled();
  });

  it('hands its jobs back where the queue cannot be closed', async () => {
    const stop = steps({ close: () => Promise.reject(new Error('broken')) });
    await expect(drain(stop, times, log)).resolves.toBe(false);
    expect(stop.handBack).toHaveBeenCalledOnce();
  });
});

import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { onStopSignals, stopInOrder, type StopSteps } from './shutdown.ts';

const log = pino({ level: 'silent' });
const times = { drainMs: 5_000, graceMs: 5_000 };
const never = new Promise<never>(() => undefined);

function steps(changes: Partial<StopSteps> = {}): StopSteps & { order: string[] } {
  const order: string[] = [];
  const step = (name: string) => async (): Promise<void> => void order.push(name);
  return {
    order,
    closeQueue: step('queue'),
    handBack: () => void order.push('hand back'),
    hasJobs: () => true,
    disposers: [step('pool'), step('health')],
    ...changes,
  };
}

describe('stopping a worker', () => {
  it('lets the jobs in hand finish, then ends everything else in order', async () => {
    const stop = steps();
    await expect(stopInOrder(stop, times, log)).resolves.toBe(true);
    expect(stop.order).toEqual(['queue', 'pool', 'health']);
  });

  it('hands back what did not finish in time', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const stop = steps({ closeQueue: () => closed });
    const handBack = vi.fn(() => resolve());
    await expect(stopInOrder({ ...stop, handBack }, { drainMs: 10, graceMs: 5_000 }, log)).resolves.toBe(true);
    expect(handBack).toHaveBeenCalledOnce();
    expect(stop.order).toEqual(['pool', 'health']);
  });

  it('ends although its jobs are never put down, and says so', async () => {
    const stop = steps({ closeQueue: () => never });
    await expect(stopInOrder(stop, { drainMs: 10, graceMs: 10 }, log)).resolves.toBe(false);
    expect(stop.order).toEqual(['hand back', 'pool', 'health']);
  });

  it('waits only the short time where there is no job to wait for', async () => {
    const stop = steps({ closeQueue: () => never, hasJobs: () => false });
    await expect(stopInOrder(stop, { drainMs: 3_600_000, graceMs: 10 }, log)).resolves.toBe(true);
    expect(stop.order).toEqual(['pool', 'health']);
  });

  it('runs each step whatever became of those before', async () => {
    const order: string[] = [];
    const stop = steps({
      disposers: [
        () => {
          throw new Error('broken');
        },
        () => never,
        () => void order.push('last'),
      ],
    });
    await expect(stopInOrder(stop, { drainMs: 10, graceMs: 10 }, log)).resolves.toBe(false);
    expect(order).toEqual(['last']);
  });
});

describe('stop signals', () => {
  it('stop in good order first, and force at the second', () => {
    const emitter = new EventEmitter();
    const actions = { stop: vi.fn(), force: vi.fn() };
    onStopSignals(emitter as unknown as Pick<NodeJS.Process, 'on'>, actions);
    emitter.emit('SIGTERM');
    expect(actions.stop).toHaveBeenCalledExactlyOnceWith('SIGTERM');
    expect(actions.force).not.toHaveBeenCalled();
    emitter.emit('SIGINT');
    expect(actions.stop).toHaveBeenCalledOnce();
    expect(actions.force).toHaveBeenCalledExactlyOnceWith('SIGINT');
  });
});

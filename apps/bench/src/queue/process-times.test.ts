import { expect, it } from 'vitest';
import { cpuUseBetween, type CpuTimes } from './process-times.ts';

it('CPU time is that of a part’s processes together; those that began meanwhile count', () => {
  const times = (atMs: number, processes: CpuTimes['processes'], busyMs: number): CpuTimes => {
    return { atMs, processes, machine: { busyMs, allMs: 2 * atMs } };
  };
  const before = new Map([[1, { part: 'worker', cpuMs: 500 } as const]]);
  const after = new Map([
    [1, { part: 'worker', cpuMs: 900 } as const],
    [2, { part: 'worker', cpuMs: 300 } as const],
    [3, { part: 'redis', cpuMs: 50 } as const],
  ]);
  const { cpuMs, busiest, machine } = cpuUseBetween(times(1_000, before, 1_000), times(2_000, after, 2_500));
  expect(cpuMs).toMatchObject({ worker: 700, redis: 50, api: 0 });
  expect(busiest.worker).toBeCloseTo(0.4);
  expect(machine).toBeCloseTo(0.75);
});

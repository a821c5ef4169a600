import type { Timings } from '@m2fp/contract';

/** Times the stages of one photo. */
export interface Stopwatch {
  /** Runs a stage; the times of stages with the same name add up. */
  time<T>(stage: string, run: () => T | Promise<T>): Promise<T>;
  /** ms per stage so far. */
  timings(): Timings;
}

export function createStopwatch(): Stopwatch {
  const timings: Timings = {};
  return {
    async time(stage, run) {
      const start = performance.now();
      const result = await run();
      timings[stage] = (timings[stage] ?? 0) + performance.now() - start;
      return result;
    },
    timings: () => ({ ...timings }),
  };
}

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds. */
export interface EventLoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

export interface EventLoopWatch {
  /** To be called once start-up is over, which blocks the event loop for longer than anything after it. */
  begin(): void;
  /** Since the beginning or the last reset. */
  read(): EventLoopDelay;
  reset(): void;
  stop(): void;
}

const resolutionMs = 10;

/** How late timers fire on this thread, and so for how long it could not, for example, renew a job's lock. */
export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  // It records the time between two ticks of a timer, in ns: on an idle thread that is the timer's own period.
  const delay = (ns: number): number =>
    Number.isFinite(ns) ? Math.max(0, Math.round((ns / 1e6 - resolutionMs) * 10) / 10) : 0;
  return {
    begin: () => void histogram.enable(),
    read: () => ({
      mean: delay(histogram.mean),
      p99: delay(histogram.percentile(99)),
      max: delay(histogram.count === 0 ? 0 : histogram.max),
    }),
    reset: () => histogram.reset(),
    stop: () => void histogram.disable(),
  };
}

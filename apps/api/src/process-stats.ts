import { monitorEventLoopDelay } from 'node:perf_hooks';

type DelayHistogram = ReturnType<typeof monitorEventLoopDelay>;

export interface ProcessStats {
  readonly uptimeS: number;
  readonly rssBytes: number;
  /** Over the last one to two windows. */
  readonly eventLoopDelayMs: { readonly max: number; readonly p99: number };
}

/** The timer's period, ms. The histogram holds it too, so it is taken off. */
const resolutionMs = 10;
const windowMs = 30_000;

export interface ProcessWatch {
  /** To be called when start-up is over, which blocks the event loop for longer than anything after it. */
  readonly begin: () => void;
  readonly stats: () => ProcessStats;
  readonly stop: () => void;
}

interface Delay {
  readonly max: number;
  readonly p99: number;
}

function read(histogram: DelayHistogram): Delay {
  if (histogram.count === 0) return { max: 0, p99: 0 };
  const toMs = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e5 - resolutionMs * 10) / 10);
  return { max: toMs(histogram.max), p99: toMs(histogram.percentile(99)) };
}

/** Watches the event loop, in two windows, so that an old peak is forgotten but a recent one is never missed. */
export function watchProcess(): ProcessWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  let last: Delay = { max: 0, p99: 0 };
  const timer = setInterval(() => {
    last = read(histogram);
    histogram.reset();
  }, windowMs).unref();
  return {
    begin: () => void histogram.enable(),
    stats: () => {
      const current = read(histogram);
      return {
        uptimeS: Math.round(process.uptime()),
        rssBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: { max: Math.max(last.max, current.max), p99: Math.max(last.p99, current.p99) },
      };
    },
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

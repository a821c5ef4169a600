import { watchEventLoop, type EventLoopDelay } from '@m2fp/service/event-loop';

export interface ProcessStats {
  readonly uptimeS: number;
  readonly rssBytes: number;
  /** Over the last one to two windows. */
  readonly eventLoopDelayMs: Pick<EventLoopDelay, 'max' | 'p99'>;
}

const windowMs = 30_000;

/**
 * Watches this process. The event loop is watched in two windows, so that an old peak is forgotten but a recent one is
 * never missed.
 */
export function watchProcess() {
  const eventLoop = watchEventLoop();
  let last: ProcessStats['eventLoopDelayMs'] = { max: 0, p99: 0 };
  const timer = setInterval(() => {
    last = eventLoop.read();
    eventLoop.reset();
  }, windowMs).unref();
  return {
    begin: () => eventLoop.begin(),
    stats: (): ProcessStats => {
      const current = eventLoop.read();
      return {
        uptimeS: Math.round(process.uptime()),
        rssBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: { max: Math.max(last.max, current.max), p99: Math.max(last.p99, current.p99) },
      };
    },
    stop: () => {
      clearInterval(timer);
      eventLoop.stop();
    },
  };
}

/**
 * Loaded into an application by `--import`, so that both are measured in the same way and carry no code for it. Twice a
 * second it appends what happened since the last time to the file that the environment names, a line of JSON each.
 */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readConfig } from '../config.ts';

/** One line of a probe's file. */
export interface ProbeSample {
  /** ms since 1970, at the end of the interval. */
  readonly at: number;
  /** The longest that a timer was late in the interval, ms. */
  readonly maxDelayMs: number;
  readonly rssBytes: number;
}

const intervalMs = 500;
const resolutionMs = 10;

const { probeFile } = readConfig();
if (probeFile !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  setInterval(() => {
    // The histogram holds the time between two ticks of a timer, ns; the timer's own period is no delay.
    const maxDelayMs = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - resolutionMs);
    delays.reset();
    const sample: ProbeSample = { at: Date.now(), maxDelayMs, rssBytes: process.memoryUsage.rss() };
    appendFileSync(probeFile, `${JSON.stringify(sample)}\n`);
  }, intervalMs).unref();
}

/**
 * Loaded into an application by `--import event-loop-probe.ts?file=PATH`, so that all of them are measured the same way
 * and contain no code for it. Twice a second it appends one line of JSON to the file: what happened since the last one.
 */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** One line of a probe's file. */
export interface ProbeSample {
  /** ms since 1970, at the end of the interval. */
  readonly at: number;
  /** The longest delay of a timer in the interval, ms. */
  readonly maxDelayMs: number;
  readonly rssBytes: number;
}

/** The argument for node that makes it write to `file`. */
export function probeArguments(file: string): string[] {
  const url = new URL(import.meta.url);
  url.searchParams.set('file', file);
  return ['--import', url.href];
}

/** What a probe has written so far. */
export async function readProbe(file: string): Promise<ProbeSample[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ProbeSample);
}

const intervalMs = 500;
const resolutionMs = 10;

const file = new URL(import.meta.url).searchParams.get('file');
if (file !== null) {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  setInterval(() => {
    // The histogram holds the time between two ticks of a timer, ns; the timer's own period is not a delay.
    const maxDelayMs = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - resolutionMs);
    delays.reset();
    const sample: ProbeSample = { at: Date.now(), maxDelayMs, rssBytes: process.memoryUsage.rss() };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  }, intervalMs).unref();
}

/** `load-and-close.ts <task as JSON>`: loads a parser, parses a photo, closes it, again and again. Sends its times. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { toMb } from '@m2fp/bench';
import { loadParser } from '@m2fp/core';
import { readProcesses, withDescendants } from '../memory.ts';

export interface LibraryTask {
  readonly bundle: string;
  readonly photo: string;
  readonly threads: number;
  readonly rounds: number;
  readonly processes: number;
}

/** One entry per round. */
export interface LibraryTimes {
  readonly loadMs: number[];
  readonly parseMs: number[];
  /** The longest that the event loop was held up while the photo was parsed. */
  readonly gapMs: number[];
  /** Of this process and all that it started, after the parser was closed. */
  readonly rssMb: number[];
}

const { bundle, photo, threads, rounds, processes } = JSON.parse(process.argv[2] ?? '{}') as LibraryTask;
const times: LibraryTimes = { loadMs: [], parseMs: [], gapMs: [], rssMb: [] };
for (let round = 0; round < rounds; round++) {
  const startedAt = performance.now();
  const parser = await loadParser(bundle, { processes, threads });
  times.loadMs.push(performance.now() - startedAt);
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  const parsedFrom = performance.now();
  const result = await parser.parse(photo);
  times.parseMs.push(performance.now() - parsedFrom);
  // A turn of the loop, so that the last gap counts.
  await new Promise((proceed) => setTimeout(proceed, 20));
  delays.disable();
  times.gapMs.push(delays.max / 1e6);
  await result.encode('masks');
  await parser.close();
  globalThis.gc?.();
  const all = withDescendants(await readProcesses(), process.pid);
  times.rssMb.push(toMb(all.reduce((sum, { rssBytes }) => sum + rssBytes, 0)));
}
process.send?.(times, () => process.disconnect());

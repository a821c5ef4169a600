/**
 * Loaded into an application by `--import live-heap.ts?file=PATH` with `--expose-gc`: once a minute it collects all
 * garbage and appends to the file what is left. Resident memory has garbage in it and moves by megabytes from one
 * moment to the next; what survives a full collection moves by kilobytes, so that an hour shows a leak that days of
 * resident memory would be needed for.
 */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface HeapSample {
  /** ms since 1970. */
  readonly at: number;
  /** JavaScript's objects, and the buffers that they hold. */
  readonly liveBytes: number;
  /** Resident memory without what V8 keeps for objects, live or not: what native code has, and the program itself. */
  readonly nativeBytes: number;
}

/** Arguments for node that make it write to `file`. */
export function liveHeapArguments(file: string): string[] {
  const url = new URL(import.meta.url);
  url.searchParams.set('file', file);
  return ['--expose-gc', '--import', url.href];
}

export async function readHeapSamples(file: string): Promise<HeapSample[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as HeapSample);
}

const intervalMs = 60_000;
/** Until pages that a collection has emptied are back with the system. */
const unmappedMs = 2_000;

const file = new URL(import.meta.url).searchParams.get('file');
if (file !== null) {
  setInterval(() => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    setTimeout(() => {
      const { rss, heapTotal } = process.memoryUsage();
      const sample: HeapSample = { at: Date.now(), liveBytes: heapUsed + external, nativeBytes: rss - heapTotal };
      appendFileSync(file, `${JSON.stringify(sample)}\n`);
    }, unmappedMs).unref();
  }, intervalMs).unref();
}

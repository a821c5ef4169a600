import type { ParseOptions, Timings } from '@m2fp/contract';

/** What the bench asks of a process that it measures, and what comes back. One request at a time. */
export type BenchRequest =
  | { readonly type: 'load'; readonly bundleDir: string; readonly threads: number }
  | { readonly type: 'parse'; readonly bytes: Uint8Array; readonly options: ParseOptions }
  | { readonly type: 'sgemm'; readonly threads: number; readonly runs: number };

export type BenchReply =
  | { readonly type: 'loaded'; readonly loadMs: number; readonly memory: Memory }
  | { readonly type: 'parsed'; readonly timings: Timings; readonly totalMs: number; readonly memory: Memory }
  | { readonly type: 'sgemm'; readonly gflops: number }
  | { readonly type: 'failed'; readonly message: string };

/** Of the whole process, bytes. */
export interface Memory {
  readonly rss: number;
  /** The most there ever was. */
  readonly peakRss: number;
}

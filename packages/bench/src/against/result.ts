import type { Machine } from '../measurement.ts';
import type { BenchRow } from '../network/rows.ts';
import type { Difference } from './entrants.ts';
import type { Python } from './find-python.ts';

/** One contender, or one of our bundles, on one photo size. */
export interface AgainstRow extends BenchRow {
  readonly title: string;
  /** Whether `totalMs` is the whole path up to the masks; else it ends with the network. */
  readonly isWhole: boolean;
  readonly difference?: Difference;
}

export interface AgainstResult {
  readonly machine: Machine;
  readonly threads: number;
  readonly runs: number;
  /** Median rate, GFLOP/s. */
  readonly sgemmGflops: number;
  readonly python: Python | undefined;
  readonly rows: readonly AgainstRow[];
  /** What was not measured, and why. */
  readonly notes: readonly string[];
}

import type { ParseOptions } from '@m2fp/contract';
import { shortSideSize } from '@m2fp/core/image';
import type { ManifestOf } from '@m2fp/core/model';
import { type Machine, percentile, toMb } from '../measurement.ts';
import type { PhotoSize } from './photos.ts';

/** One measured parse. */
export interface Run {
  /** Per stage, ms. */
  readonly timings: Readonly<Record<string, number>>;
  readonly totalMs: number;
  /** SGEMM rate just before the run, GFLOP/s; 0 if the network's cost is unknown. */
  readonly rate: number;
}

/** What one process measured: a bundle on one photo size. */
export interface Measured {
  readonly manifest: ManifestOf;
  readonly runs: readonly Run[];
  readonly loadMs: number;
  readonly idleBytes: number;
  readonly peakBytes: number;
}

/** ms */
export interface MedianRange {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One bundle on one photo size. */
export interface BenchRow {
  readonly bundle: string;
  readonly dtype: string;
  readonly photo: PhotoSize;
  readonly loadMs: number;
  /** Resident memory with the model loaded, before the first photo. */
  readonly idleMb: number;
  readonly peakMb: number;
  readonly stagesMs: Readonly<Record<string, MedianRange>>;
  readonly totalMs: MedianRange;
  /**
   * Time of the network and of the whole path, as multiples of the time that the network's GFLOP take at the SGEMM rate
   * measured just before each run; medians. Absent if the network's cost is unknown.
   */
  readonly bound?: { readonly gflop: number; readonly network: number; readonly total: number };
}

export interface BenchResult {
  readonly machine: Machine;
  readonly threads: number;
  readonly runs: number;
  /** Median rate, GFLOP/s. */
  readonly sgemmGflops: number;
  readonly rows: readonly BenchRow[];
}

/** Summarizes what a process measured. */
export function toRow(measured: Measured, photo: PhotoSize, options: ParseOptions): BenchRow {
  const { manifest, runs } = measured;
  const { width, height } = photo;
  const stages = [...new Set(runs.flatMap(({ timings }) => Object.keys(timings)))];
  const gflop = networkGflop(manifest, photo, options);
  const rangeOf = (time: (run: Run) => number): MedianRange => medianRange(runs.map(time));
  return {
    bundle: manifest.name,
    dtype: manifest.dtype,
    photo: { width, height },
    loadMs: measured.loadMs,
    idleMb: toMb(measured.idleBytes),
    peakMb: toMb(measured.peakBytes),
    stagesMs: Object.fromEntries(stages.map((stage) => [stage, rangeOf(({ timings }) => timings[stage] ?? 0)])),
    totalMs: rangeOf(({ totalMs }) => totalMs),
    ...(gflop === undefined ? {} : { bound: boundOf(gflop, runs) }),
  };
}

function boundOf(gflop: number, runs: readonly Run[]): NonNullable<BenchRow['bound']> {
  const multiple = (time: (run: Run) => number): number =>
    percentile(
      runs.map((run) => (time(run) * run.rate) / (gflop * 1_000)),
      0.5,
    );
  return {
    gflop,
    network: multiple(({ timings }) => timings['network'] ?? 0),
    total: multiple(({ totalMs }) => totalMs),
  };
}

function medianRange(values: readonly number[]): MedianRange {
  return { median: percentile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/** The published multi-person R101 network takes about 320 GFLOP for 544 x 960; nearly all of it scales with area. */
const published = { network: 'M2FP, ResNet-101', gflop: 320, area: 544 * 960 };

/** GFLOP that a bundle's network takes for a photo; undefined for a network that is not of the published size. */
export function networkGflop(manifest: ManifestOf, photo: PhotoSize, options: ParseOptions): number | undefined {
  const { architecture } = manifest;
  const hasPublishedSize = architecture['network'] === published.network && isPublishedWidth(architecture['backbone']);
  if (!hasPublishedSize || (manifest.kind !== 'm2fp' && manifest.kind !== 'm2fp-single')) return undefined;
  const { input } = manifest;
  const pad = (side: number): number => Math.ceil(side / input.padMultiple) * input.padMultiple;
  const size = 'width' in input ? input : shortSideSize(photo, options.short_side, options.max_side);
  return (published.gflop * pad(size.width) * pad(size.height)) / published.area;
}

function isPublishedWidth(backbone: unknown): boolean {
  const { res2Width, groups } = (backbone ?? {}) as Record<string, unknown>;
  return res2Width === 256 && groups === 1;
}

import type { ParseOptions } from '@m2fp/contract';
import type { ManifestOf } from '@m2fp/core/model';
import { type Machine, describeMachine, percentile } from '@m2fp/measure';
import type { BenchPhoto } from './bench-photos.ts';
import { MeasuredProcess } from './measured-process.ts';
import { networkGflop } from './network-cost.ts';

export interface BenchSettings {
  readonly bundles: readonly { readonly dir: string; readonly manifest: ManifestOf }[];
  readonly photos: readonly BenchPhoto[];
  readonly options: ParseOptions;
  readonly threads: number;
  readonly runs: number;
  readonly warmUp: number;
  /** Of the measured processes. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** ms */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One bundle on one photo size, in a process of its own. */
export interface BenchRow {
  readonly bundle: string;
  readonly dtype: string;
  readonly photo: { readonly width: number; readonly height: number };
  readonly loadMs: number;
  /** Resident memory with the model loaded, before the first photo. */
  readonly idleMb: number;
  readonly peakMb: number;
  readonly stagesMs: Readonly<Record<string, Spread>>;
  readonly totalMs: Spread;
  /**
   * Network's and whole path's time as multiples of the time that the network's GFLOP take at the SGEMM rate measured
   * just before each run; medians. Absent where the network's cost is not known.
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

/** Matrix products before each run: about as long together as the network takes. */
const productsARun = 15;

/** Bundles take turns, so that whatever else the machine does falls on all of them alike. */
export async function runBench(settings: BenchSettings): Promise<BenchResult> {
  const { environment, signal, threads, runs } = settings;
  const sgemm = new MeasuredProcess(environment, signal);
  const rates: number[] = [];
  const measureRate = async (): Promise<number> => {
    const { gflops } = await sgemm.request({ type: 'sgemm', threads, runs: productsARun }, 'sgemm');
    rates.push(gflops);
    return gflops;
  };
  try {
    const rows: BenchRow[] = [];
    // At least once: the machine's rate belongs to the result also where no network is held against it.
    await measureRate();
    for (const photo of settings.photos) rows.push(...(await benchPhoto(photo, settings, measureRate)));
    return { machine: describeMachine(), threads, runs, sgemmGflops: percentile(rates, 0.5), rows };
  } finally {
    sgemm.close();
  }
}

interface Run {
  readonly timings: Readonly<Record<string, number>>;
  readonly totalMs: number;
  /** GFLOP/s just before; 0 where the network's cost is not known. */
  readonly rate: number;
}

async function benchPhoto(
  photo: BenchPhoto,
  settings: BenchSettings,
  measureRate: () => Promise<number>,
): Promise<BenchRow[]> {
  const { bundles, environment, signal, threads, options, runs, warmUp } = settings;
  const contenders = bundles.map(({ dir, manifest }) => ({
    dir,
    manifest,
    process: new MeasuredProcess(environment, signal),
    runs: [] as Run[],
    loaded: { loadMs: 0, idle: 0 },
    peak: 0,
  }));
  const parse = { type: 'parse', bytes: photo.bytes, options } as const;
  try {
    for (const contender of contenders) {
      const load = { type: 'load', bundleDir: contender.dir, threads } as const;
      const { loadMs, memory } = await contender.process.request(load, 'loaded');
      contender.loaded = { loadMs, idle: memory.rss };
      for (let i = 0; i < warmUp; i++) await contender.process.request(parse, 'parsed');
    }
    for (let i = 0; i < runs; i++) {
      settings.onProgress(`${photo.width}x${photo.height}: run ${i + 1} of ${runs}`);
      for (const contender of contenders) {
        const isBounded = networkGflop(contender.manifest, photo, options) !== undefined;
        const rate = isBounded ? await measureRate() : 0;
        const { timings, totalMs, memory } = await contender.process.request(parse, 'parsed');
        contender.runs.push({ timings, totalMs, rate });
        contender.peak = memory.peakRss;
      }
    }
    return contenders.map((contender) => toRow(contender.manifest, photo, contender, options));
  } finally {
    for (const contender of contenders) contender.process.close();
  }
}

function toRow(
  manifest: ManifestOf,
  { width, height }: BenchPhoto,
  measured: { runs: readonly Run[]; loaded: { loadMs: number; idle: number }; peak: number },
  options: ParseOptions,
): BenchRow {
  const { runs, loaded, peak } = measured;
  const stages = [...new Set(runs.flatMap(({ timings }) => Object.keys(timings)))];
  const gflop = networkGflop(manifest, { width, height }, options);
  const multiple = (time: (run: Run) => number): number =>
    percentile(
      runs.map((run) => (time(run) * run.rate) / ((gflop ?? 1) * 1_000)),
      0.5,
    );
  return {
    bundle: manifest.name,
    dtype: manifest.dtype,
    photo: { width, height },
    loadMs: loaded.loadMs,
    idleMb: toMb(loaded.idle),
    peakMb: toMb(peak),
    stagesMs: Object.fromEntries(
      stages.map((stage) => [stage, spread(runs.map(({ timings }) => timings[stage] ?? 0))]),
    ),
    totalMs: spread(runs.map(({ totalMs }) => totalMs)),
    ...(gflop === undefined
      ? {}
      : {
          bound: {
            gflop,
            network: multiple(({ timings }) => timings['network'] ?? 0),
            total: multiple((run) => run.totalMs),
          },
        }),
  };
}

function spread(values: readonly number[]): Spread {
  return { median: percentile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

const toMb = (bytes: number): number => Math.round(bytes / 1e6);

import type { ParseOptions } from '@m2fp/contract';
import { checkBundle, type ManifestOf } from '@m2fp/core/model';
import { describeMachine, percentile } from '../measurement.ts';
import { MeasuredProcess } from './measured-process.ts';
import type { BenchPhoto } from './photos.ts';
import { type BenchResult, type BenchRow, networkGflop, type Run, toRow } from './rows.ts';

export { type BenchPhoto, createBenchPhotos, type PhotoSize } from './photos.ts';
export { benchTable, timePlot } from './report.ts';
export type { BenchResult } from './rows.ts';

export interface BenchSettings {
  readonly bundles: readonly { readonly dir: string; readonly manifest: ManifestOf }[];
  readonly photos: readonly BenchPhoto[];
  readonly options: ParseOptions;
  readonly threads: number;
  readonly runs: number;
  readonly warmUp: number;
  /** Where it is kept which files are whole, and what was optimized. */
  readonly cacheDir: string;
  /** Of the measured processes. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Matrix products before each run: together they take about as long as the network. */
const productsPerRun = 15;

/** Bundles take turns, so that whatever else the machine does affects all of them alike. */
export async function runBench(settings: BenchSettings): Promise<BenchResult> {
  const { environment, signal, threads, runs } = settings;
  const sgemm = new MeasuredProcess(environment, signal);
  const rates: number[] = [];
  const measureRate = async (): Promise<number> => {
    const { gflops } = await sgemm.request({ type: 'sgemm', threads, runs: productsPerRun }, 'sgemm');
    rates.push(gflops);
    return gflops;
  };
  try {
    const rows: BenchRow[] = [];
    // At least once: the result states the machine's rate even if no network is compared with it.
    await measureRate();
    for (const photo of settings.photos) rows.push(...(await benchPhoto(photo, settings, measureRate)));
    return { machine: describeMachine(), threads, runs, sgemmGflops: percentile(rates, 0.5), rows };
  } finally {
    sgemm.close();
  }
}

/** Each bundle in its own process. */
async function benchPhoto(
  photo: BenchPhoto,
  settings: BenchSettings,
  measureRate: () => Promise<number>,
): Promise<BenchRow[]> {
  const { bundles, cacheDir, environment, signal, threads, options, runs, warmUp } = settings;
  const contenders = bundles.map(({ dir, manifest }) => ({
    dir,
    manifest,
    process: new MeasuredProcess(environment, signal),
    runs: [] as Run[],
    loadMs: 0,
    idleBytes: 0,
    peakBytes: 0,
  }));
  const parse = { type: 'parse', bytes: photo.bytes, options } as const;
  try {
    for (const contender of contenders) {
      // As workers do: hashed once per version, by the owner.
      const check = await checkBundle(contender.dir, cacheDir);
      const load = { type: 'load', bundleDir: contender.dir, check, threads } as const;
      const { loadMs, memory } = await contender.process.request(load, 'loaded');
      Object.assign(contender, { loadMs, idleBytes: memory.rss });
      for (let i = 0; i < warmUp; i++) await contender.process.request(parse, 'parsed');
    }
    for (let i = 0; i < runs; i++) {
      settings.onProgress(`${photo.width}x${photo.height}: run ${i + 1} of ${runs}`);
      for (const contender of contenders) {
        const isBounded = networkGflop(contender.manifest, photo, options) !== undefined;
        const rate = isBounded ? await measureRate() : 0;
        const { timings, totalMs, memory } = await contender.process.request(parse, 'parsed');
        contender.runs.push({ timings, totalMs, rate });
        contender.peakBytes = memory.peakRss;
      }
    }
    return contenders.map((contender) => toRow(contender, photo, options));
  } finally {
    for (const contender of contenders) contender.process.close();
  }
}

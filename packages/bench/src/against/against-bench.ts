/** Our bundles, OpenVINO and PyTorch in turns on the same photos: the comparison that the docs show, by one command. */
import { join } from 'node:path';
import { writeReferenceWeights } from '@m2fp/compiler/m2fp';
import type { ParseOptions } from '@m2fp/contract';
import type { Bundle, ManifestOf } from '@m2fp/core/model';
import { describeMachine, percentile } from '../measurement.ts';
import { MeasuredProcess } from '../network/measured-process.ts';
import type { BenchPhoto } from '../network/photos.ts';
import type { Contender } from './contenders.ts';
import { type Entrant, type EntrantSettings, ownEntrant, pythonEntrant } from './entrants.ts';
import { findPython, missingFor, type Python } from './find-python.ts';
import { PythonProcess } from './python-process.ts';
import type { AgainstResult, AgainstRow } from './result.ts';
import { measureInTurns } from './turns.ts';
import {
  comparableBundle,
  type PeopleBundle,
  quantizedPath,
  withTemporaryFolder,
  writeOwnOutputs,
  writePhoto,
} from './workspace.ts';

export { againstMarkdown, againstTable } from './report.ts';

export interface AgainstSettings {
  readonly bundles: readonly Bundle<ManifestOf>[];
  readonly contenders: readonly Contender[];
  readonly photos: readonly BenchPhoto[];
  readonly options: ParseOptions;
  readonly threads: number;
  readonly runs: number;
  readonly warmUp: number;
  /** A Python to run; by default the one on the PATH. */
  readonly python: string | undefined;
  /** What the float32 bundle was converted from; a bundle of random weights needs none. */
  readonly checkpoint: string | undefined;
  /** Where quantized graphs are kept, and what is known of our bundles. */
  readonly cacheDir: string;
  /** Of our own measured processes, and of those in Python. */
  readonly environment: NodeJS.ProcessEnv;
  readonly pythonEnvironment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** What all photos share. */
interface Preparation {
  readonly dir: string;
  readonly bundle: PeopleBundle;
  readonly python: Python | undefined;
  readonly contenders: readonly Contender[];
  readonly weights: string;
  readonly notes: string[];
}

/**
 * Measures all that can be; a contender that cannot be is a note. Throws `invalid_request` without a float32 bundle of
 * M2FP for many people, with one of made-up people, or if a checkpoint is needed and not named.
 */
export async function runAgainst(settings: AgainstSettings): Promise<AgainstResult> {
  const { environment, signal, threads, runs } = settings;
  const bundle = comparableBundle(settings.bundles);
  const sgemm = new MeasuredProcess(environment, signal);
  const rates: number[] = [];
  const measureRate = async (): Promise<number> => {
    const { gflops } = await sgemm.request({ type: 'sgemm', threads, runs: 15 }, 'sgemm');
    rates.push(gflops);
    return gflops;
  };
  try {
    return await withTemporaryFolder(async (dir) => {
      const prepared = await prepare(dir, bundle, settings);
      const rows: AgainstRow[] = [];
      for (const photo of settings.photos) rows.push(...(await benchPhoto(photo, prepared, settings, measureRate)));
      const { python, notes } = prepared;
      const sgemmGflops = percentile(rates, 0.5);
      return { machine: describeMachine(), threads, runs, sgemmGflops, python, rows, notes };
    });
  } finally {
    sgemm.close();
  }
}

async function prepare(dir: string, bundle: PeopleBundle, settings: AgainstSettings): Promise<Preparation> {
  const { checkpoint, pythonEnvironment, signal } = settings;
  const weights = join(dir, 'weights.safetensors');
  const notes: string[] = [];
  const python = await findPython(settings.python, pythonEnvironment, signal);
  if (typeof python === 'string') {
    notes.push(python);
    return { dir, bundle, python: undefined, contenders: [], weights, notes };
  }
  const contenders = settings.contenders.filter((contender) => {
    const missing = missingFor(contender, python);
    if (missing !== undefined) notes.push(missing);
    return missing === undefined;
  });
  if (contenders.some(({ engine }) => engine === 'pytorch')) {
    settings.onProgress('writing the weights for PyTorch');
    const files = checkpoint === undefined ? undefined : { path: checkpoint };
    await writeReferenceWeights(bundle.manifest, files, weights, signal);
  }
  return { dir, bundle, python, contenders, weights, notes };
}

async function benchPhoto(
  photo: BenchPhoto,
  prepared: Preparation,
  settings: AgainstSettings,
  measureRate: () => Promise<number>,
): Promise<AgainstRow[]> {
  const { options, threads, cacheDir, environment, pythonEnvironment, signal } = settings;
  const shared = { photo, options, threads, cacheDir, signal };
  const entrants = settings.bundles.map((bundle) => ownEntrant(bundle, { ...shared, environment }));
  try {
    await enterPython(entrants, prepared, { ...shared, environment: pythonEnvironment }, settings);
    return await measureInTurns(entrants, { ...settings, photo, notes: prepared.notes, measureRate });
  } finally {
    for (const entrant of entrants) entrant.close();
  }
}

/**
 * Makes what the contenders need for this photo; one whose part cannot be made is a note. Each is added to `entrants`
 * as soon as its process runs, so that the caller can close it even if this rejects.
 */
async function enterPython(
  entrants: Entrant[],
  { dir, bundle, python, contenders, weights, notes }: Preparation,
  shared: EntrantSettings,
  { cacheDir, onProgress }: AgainstSettings,
): Promise<void> {
  if (python === undefined || contenders.length === 0) return;
  const { manifest } = bundle;
  const { photo, threads, options } = shared;
  const input = await writePhoto(dir, photo, bundle, options);
  onProgress('running our own network, to compare with');
  const outputs = await writeOwnOutputs(dir, photo, bundle, input, threads);
  const graph = bundle.path(manifest.graph);
  const quantized = quantizedPath(cacheDir, bundle, photo, input, [python.packages.openvino, python.packages.nncf]);
  for (const contender of contenders) {
    const { engine, dtype, name } = contender;
    try {
      if (dtype === 'int8') {
        onProgress('quantizing for OpenVINO (once; it can take minutes)');
        const process = new PythonProcess(python.path, shared.environment, shared.signal);
        await process
          .request({ type: 'quantize', ...input, graph, quantized }, 'quantized')
          .finally(() => process.close());
      }
    } catch (error) {
      shared.signal.throwIfAborted();
      notes.push(`${name} was not measured: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const { architecture, personClassId } = manifest;
    const request = { type: 'load', ...input, engine, dtype, threads, graph, quantized, weights } as const;
    const load = { ...request, architecture, personClassId };
    entrants.push(pythonEntrant(contender, { python: python.path, manifest, load, outputs }, shared));
  }
}

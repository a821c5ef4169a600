/** Who takes turns: our own bundles, and the contenders in Python. Each is a process of its own. */
import type { ParseOptions } from '@m2fp/contract';
import { type Bundle, checkBundle, type ManifestOf } from '@m2fp/core/model';
import { type Memory, MeasuredProcess } from '../network/measured-process.ts';
import type { BenchPhoto } from '../network/photos.ts';
import type { Contender } from './contenders.ts';
import { PythonProcess, type PythonRequest } from './python-process.ts';
import type { OwnOutputs } from './workspace.ts';

export interface ParseFigures {
  /** Per stage, ms. */
  readonly timings: Readonly<Record<string, number>>;
  readonly totalMs: number;
  readonly memory: Memory;
}

/** How far a network's outputs are from our float32 ones on the same input: the largest difference, of the range. */
export interface Difference {
  readonly logits: number;
  readonly masks: number;
}

export interface Entrant {
  readonly name: string;
  readonly title: string;
  readonly dtype: string;
  readonly manifest: ManifestOf;
  /** Whether what it is timed for ends with the photo's masks, not with the network. */
  readonly isWhole: boolean;
  load(): Promise<{ readonly loadMs: number; readonly memory: Memory }>;
  /** Of our own bundles, nothing: `m2fp model check` compares them. */
  compare?(): Promise<Difference>;
  parse(): Promise<ParseFigures>;
  close(): void;
}

export interface EntrantSettings {
  readonly photo: BenchPhoto;
  readonly options: ParseOptions;
  readonly threads: number;
  readonly cacheDir: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export function ownEntrant({ dir, manifest }: Bundle<ManifestOf>, settings: EntrantSettings): Entrant {
  const { photo, options, threads, cacheDir, environment, signal } = settings;
  const process = new MeasuredProcess(environment, signal);
  return {
    name: manifest.name,
    title: 'm2fp-parsing',
    dtype: manifest.dtype,
    manifest,
    isWhole: true,
    load: async () => {
      const check = await checkBundle(dir, cacheDir);
      return process.request({ type: 'load', bundleDir: dir, check, threads }, 'loaded');
    },
    parse: () => process.request({ type: 'parse', bytes: photo.bytes, options }, 'parsed'),
    close: () => process.close(),
  };
}

interface PythonSettings {
  readonly python: string;
  readonly manifest: ManifestOf;
  readonly load: Extract<PythonRequest, { type: 'load' }>;
  readonly outputs: OwnOutputs;
}

export function pythonEntrant(
  { name, title, dtype, engine }: Contender,
  { python, manifest, load, outputs }: PythonSettings,
  { environment, signal }: EntrantSettings,
): Entrant {
  const process = new PythonProcess(python, environment, signal);
  return {
    name,
    title,
    dtype,
    manifest,
    isWhole: engine === 'pytorch',
    load: () => process.request(load, 'loaded'),
    async compare() {
      const { logits, masks } = await process.request({ type: 'compare', ...outputs }, 'compared');
      return { logits, masks };
    },
    parse: () => process.request({ type: 'parse', photo: load.photo }, 'parsed'),
    close: () => process.close(),
  };
}

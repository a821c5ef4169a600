/**
 * What a network is given for some photos, as its own parser prepares it: the parser runs, and what goes into the
 * network is recorded. Kept in files, so that any number of photos takes the memory of one.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, parseOptionsSchema } from '@m2fp/contract';
import { openPhoto } from '@m2fp/core/image';
import type { Bundle, FloatTensor, NetworkInputs, SessionSettings } from '@m2fp/core/model';
import { loadModel, type Model } from '@m2fp/core/parsing';
import { paintColormap } from '@m2fp/core/render';
import type { Progress } from './progress.ts';

/** Items kept in files, by number. */
export interface Stored<T> {
  readonly count: number;
  read(index: number): Promise<T>;
}

export interface Recording {
  /** Of the bundle's main network. */
  readonly inputs: Stored<NetworkInputs>;
  /** The float32 bundle's label maps, one per photo. */
  readonly labelMaps: Stored<Uint8Array>;
}

export interface RecordSettings extends SessionSettings {
  readonly workDir: string;
  readonly progress: Progress;
}

/** Parses the photos (paths) with the bundle. Throws `image_unreadable` and the like for the first unreadable one. */
export async function recordInputs(
  bundle: Bundle,
  photos: readonly string[],
  settings: RecordSettings,
): Promise<Recording> {
  const { workDir, progress, threads } = settings;
  const graph = bundle.path(bundle.manifest.graph);
  const inputs = createStore<NetworkInputs>(join(workDir, 'input'), writeInputs, readInputs);
  const labelMaps = createStore<Uint8Array>(join(workDir, 'labels'), writeFile, (path) => readFile(path));
  const seen: NetworkInputs[] = [];
  // A copy: the parser reuses its arrays for the next run.
  const onRun = (path: string, given: NetworkInputs) => void (path === graph && seen.push(structuredClone(given)));
  const model = await loadModel(bundle.dir, { threads, onRun });
  try {
    for (const [i, photo] of photos.entries()) {
      await progress.step('photos', i, photos.length);
      await labelMaps.add(await labelPhoto(model, photo));
      for (const given of seen.splice(0)) await inputs.add(given);
    }
  } finally {
    await model.close();
  }
  return { inputs, labelMaps };
}

const options = parseOptionsSchema.parse({});

/** The classes of a photo's pixels, as a user gets them with the default options. */
export async function labelPhoto(model: Model, path: string): Promise<Uint8Array> {
  const photo = await openPhoto(await readFile(path)).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw cause instanceof AppError ? new AppError(cause.code, `${path}: ${message}`, { cause }) : cause;
  });
  return paintColormap(await model.parse(photo, options), model.manifest.labels, options.score_step);
}

/** `limit` of `count` numbers, evenly spread. */
export function spread(count: number, limit: number): number[] {
  const kept = Math.min(count, limit);
  return Array.from({ length: kept }, (_, i) => Math.floor((i * count) / kept));
}

/** Some of the stored items. */
export function pick<T>(stored: Stored<T>, indices: readonly number[]): Stored<T> {
  return { count: indices.length, read: (index) => stored.read(indices[index] ?? -1) };
}

function createStore<T>(
  prefix: string,
  write: (path: string, item: T) => Promise<void>,
  read: (path: string) => Promise<T>,
): Stored<T> & { add(item: T): Promise<void> } {
  let count = 0;
  return {
    get count() {
      return count;
    },
    read: (index) => read(`${prefix}-${index}`),
    add: (item) => write(`${prefix}-${count++}`, item),
  };
}

async function writeInputs(path: string, inputs: NetworkInputs): Promise<void> {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  await writeFile(`${path}.json`, JSON.stringify(shapes));
  for (const [name, { data }] of Object.entries(inputs)) {
    await writeFile(`${path}.${name}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}

async function readInputs(path: string): Promise<NetworkInputs> {
  const shapes = JSON.parse(await readFile(`${path}.json`, 'utf8')) as Record<string, number[]>;
  const inputs: Record<string, FloatTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const { buffer } = Uint8Array.from(await readFile(`${path}.${name}`));
    inputs[name] = { data: new Float32Array(buffer), shape };
  }
  return inputs;
}

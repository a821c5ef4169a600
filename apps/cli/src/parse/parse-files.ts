import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type AppError,
  type OutputName,
  outputKinds,
  type ParseOptions,
  type ParseSummary,
  type Timings,
  toAppError,
} from '@m2fp/contract';
import { defaultPhotoLimits, readPhotoFile } from '@m2fp/core/image';
import { type Model, type OutputFile, parsePhoto } from '@m2fp/core/parsing';
import { clearResults, type OutDir, type PhotoToParse, putPhoto, writeWhole } from '@m2fp/terminal';
import type { FoundPhoto } from './find-photos.ts';

export interface StoredFile {
  readonly output: OutputName;
  readonly path: string;
  readonly bytes: number;
}

/** What became of a photo. */
export type PhotoOutcome = { readonly photo: FoundPhoto & PhotoToParse } & (
  | {
      readonly status: 'succeeded';
      readonly summary: ParseSummary;
      readonly files: readonly StoredFile[];
      readonly timings: Timings;
      /** In total, including reading and writing. */
      readonly elapsedMs: number;
    }
  | { readonly status: 'skipped' }
  | { readonly status: 'failed'; readonly error: AppError }
);

export interface ParseRun {
  readonly model: Model;
  readonly options: ParseOptions;
  readonly out: OutDir;
  /** Whether the photo is put into the output folder. */
  readonly withPhoto: boolean;
}

/** Parses one photo into its folder. A fault of the photo is an outcome; anything else, like a full disk, is thrown. */
export async function parseFile(photo: FoundPhoto & PhotoToParse, run: ParseRun): Promise<PhotoOutcome> {
  const start = performance.now();
  const folder = join(run.out.path, photo.folder);
  await clearResults(folder);
  let parsed: Awaited<ReturnType<typeof parsePhoto>>;
  try {
    const bytes = await readPhoto(photo);
    parsed = await parsePhoto({ bytes, name: photo.name }, run.model, run.options);
    if (run.withPhoto) await putPhoto(photo.object === undefined ? photo.path : bytes, run.out, photo.name);
  } catch (error) {
    return { photo, status: 'failed', error: toAppError(error) };
  }
  const files = await storeFiles(folder, parsed.files);
  const { summary, timings } = parsed;
  return { photo, status: 'succeeded', summary, files, timings, elapsedMs: performance.now() - start };
}

/** Throws `input_not_found`, `input_denied`, `image_too_large`, `storage_unavailable`. */
export async function readPhoto({ path, object }: FoundPhoto): Promise<Uint8Array> {
  if (object !== undefined) return object.bucket.get(object.key, defaultPhotoLimits.maxBytes);
  return readPhotoFile(path);
}

/** One after the other, masks.json last: a folder that has it has everything, however the run ended. */
async function storeFiles(folder: string, files: readonly OutputFile[]): Promise<StoredFile[]> {
  const isLast = ({ output }: OutputFile): boolean => outputKinds[output] === outputKinds.masks;
  for (const file of [...files.filter((file) => !isLast(file)), ...files.filter(isLast)]) {
    const path = join(folder, file.name);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, file.bytes);
  }
  return files.map(({ output, name, bytes }) => ({ output, path: join(folder, name), bytes: bytes.length }));
}

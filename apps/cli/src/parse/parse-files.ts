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
import { readPhotoFile } from '@m2fp/core/photo-file';
import type { ParsedPhoto } from '@m2fp/core/process';
import { clearResults, makeFolder, type OutDir, type PhotoToParse, putPhoto, writeWhole } from '@m2fp/terminal';
import type { FoundPhoto } from './find-photos.ts';
import type { PhotoParser } from './photo-parser.ts';

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
  readonly parser: Pick<PhotoParser, 'parse'>;
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
  let parsed: ParsedPhoto;
  try {
    const bytes = await readPhoto(photo);
    parsed = await run.parser.parse({ bytes, name: photo.name }, run.options);
    if (run.withPhoto) await putPhoto(photo.remote === undefined ? photo.path : bytes, run.out, photo.name);
  } catch (error) {
    if (isOfDisk(error)) throw error;
    return { photo, status: 'failed', error: toAppError(error) };
  }
  const files = await storeFiles(folder, parsed.files);
  const { summary, timings } = parsed;
  return { photo, status: 'succeeded', summary, files, timings, elapsedMs: performance.now() - start };
}

/** What would befall every other photo, too. */
function isOfDisk(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE'].includes(code);
}

/** Throws `input_not_found`, `input_denied`, `image_too_large`, `storage_unavailable`. */
export async function readPhoto({ path, remote }: FoundPhoto): Promise<Uint8Array> {
  return remote === undefined ? readPhotoFile(path) : remote.read();
}

/** One after the other, masks.json last: a folder that has it has everything, however the run ended. */
async function storeFiles(folder: string, files: ParsedPhoto['files']): Promise<StoredFile[]> {
  const isLast = ({ output }: ParsedPhoto['files'][number]): boolean => outputKinds[output] === outputKinds.masks;
  for (const file of [...files.filter((file) => !isLast(file)), ...files.filter(isLast)]) {
    const path = join(folder, file.name);
    await makeFolder(dirname(path));
    await writeWhole(path, file.bytes);
  }
  return files.map(({ output, name, bytes }) => ({ output, path: join(folder, name), bytes: bytes.length }));
}

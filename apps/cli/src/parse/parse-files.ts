import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AppError,
  type OutputName,
  outputKinds,
  type ParseOptions,
  type ParseSummary,
  type Timings,
  toAppError,
} from '@m2fp/contract';
import { defaultPhotoLimits } from '@m2fp/core/image';
import { type Model, type OutputFile, parsePhoto } from '@m2fp/core/parsing';
import { type PhotoToParse, writeWhole } from '@m2fp/terminal';

/** What became of a photo. */
export type PhotoOutcome = { readonly photo: PhotoToParse } & (
  | {
      readonly ok: true;
      readonly summary: ParseSummary;
      readonly files: readonly { readonly output: OutputName; readonly path: string; readonly bytes: number }[];
      readonly timings: Timings;
      /** In total, including reading and writing. */
      readonly elapsedMs: number;
    }
  | { readonly ok: false; readonly error: AppError }
);

export interface ParseRun {
  readonly model: Model;
  readonly options: ParseOptions;
  readonly outDir: string;
}

/** Parses one photo into its folder. A fault of the photo is an outcome; anything else, like a full disk, is thrown. */
export async function parseFile(photo: PhotoToParse, { model, options, outDir }: ParseRun): Promise<PhotoOutcome> {
  const start = performance.now();
  const folder = join(outDir, photo.folder);
  // A photo that fails now must not show results of an earlier run.
  for (const { file } of Object.values(outputKinds)) await rm(join(folder, file), { force: true });
  let parsed: Awaited<ReturnType<typeof parsePhoto>>;
  try {
    parsed = await parsePhoto({ bytes: await readPhoto(photo.path), name: photo.name }, model, options);
  } catch (error) {
    return { photo, ok: false, error: toAppError(error) };
  }
  const files = await storeFiles(folder, parsed.files);
  const { summary, timings } = parsed;
  return { photo, ok: true, summary, files, timings, elapsedMs: performance.now() - start };
}

async function readPhoto(path: string): Promise<Uint8Array> {
  const { maxBytes } = defaultPhotoLimits;
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return await readFile(path);
    throw new AppError(
      'image_too_large',
      `The image is too large: it has ${size} bytes, at most ${maxBytes} are allowed.`,
    );
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('input_not_found', `The file cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

async function storeFiles(folder: string, files: readonly OutputFile[]) {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    files.map(async ({ output, name, bytes }) => {
      const path = join(folder, name);
      await writeWhole(path, bytes);
      return { output, path, bytes: bytes.length };
    }),
  );
}

import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type ParseOptions } from '@m2fp/contract';
import type { Manifest } from '@m2fp/core/model';
import {
  annotationsName,
  assertOwnAnnotations,
  openOutDir,
  type OutDir,
  type PhotoInFolder,
  type PhotoToParse,
  putPhoto,
  ResultNames,
  writeAnnotations,
} from '@m2fp/terminal';
import { hasResults } from './existing.ts';
import type { FoundPhoto } from './find-photos.ts';
import { parseFile, type PhotoOutcome, readPhoto } from './parse-files.ts';
import type { PhotoParser } from './photo-parser.ts';

export interface RunSettings {
  readonly outDir: string;
  readonly options: ParseOptions;
  readonly skipExisting: boolean;
  /** Whether the photos are put into the output folder, for `annotations.json`. */
  readonly withPhotos: boolean;
  readonly signal: AbortSignal;
  readonly manifest: () => Promise<Pick<Manifest, 'name' | 'kind' | 'version'>>;
  /** With its model loaded. */
  readonly parser: () => Promise<Pick<PhotoParser, 'parse'>>;
  readonly onPhoto: (photo: PhotoToParse) => void;
  readonly onOutcome: (outcome: PhotoOutcome) => void;
}

/** The data set that was written. */
export interface WrittenAnnotations {
  readonly path: string;
  /** Photos that have results, but no masks.json that can go into it. */
  readonly leftOut: number;
}

/** What fails for so many photos in a row, storage or the network, is out of order, and fails for every other one. */
const mostStorageFailures = 5;

/**
 * Parses photos in order, one at a time: a photo takes all threads. Then writes `annotations.json`, if masks are among
 * the outputs. After an abort, stops once the current photo is done, and leaves that file out.
 */
export async function runParse(
  photos: AsyncIterable<FoundPhoto>,
  settings: RunSettings,
): Promise<WrittenAnnotations | undefined> {
  const hasMasks = settings.options.outputs.includes('masks');
  const annotations = join(settings.outDir, annotationsName);
  if (hasMasks) await assertOwnAnnotations(settings.outDir);
  const out = await openOutDir(settings.outDir);
  // It belongs to results that are about to change.
  if (hasMasks) await rm(annotations, { force: true });
  const done: PhotoInFolder[] = [];
  const names = new ResultNames();
  let storageFailures = 0;
  for await (const found of photos) {
    if (settings.signal.aborted) break;
    const outcome = await outcomeOf(names.place(found), out, settings);
    if (settings.signal.aborted && outcome.status === 'failed') break;
    settings.onOutcome(outcome);
    if (outcome.status !== 'failed') done.push({ name: outcome.photo.name, folder: outcome.photo.folder });
    storageFailures = isOfStorage(outcome) ? storageFailures + 1 : 0;
    if (storageFailures === mostStorageFailures) throw outOfOrder();
  }
  if (!hasMasks || done.length === 0 || settings.signal.aborted) return undefined;
  const { leftOut } = await writeAnnotations(settings.outDir, done, settings.signal);
  return { path: annotations, leftOut };
}

async function outcomeOf(
  photo: FoundPhoto & PhotoToParse,
  out: OutDir,
  { options, manifest, parser, skipExisting, withPhotos, onPhoto }: RunSettings,
): Promise<PhotoOutcome> {
  if (photo.error !== undefined) return { photo, status: 'failed', error: photo.error };
  const withPhoto = withPhotos && options.outputs.includes('masks');
  if (skipExisting && (await hasResults(photo, out.path, { model: await manifest(), options }))) {
    try {
      const isMissing = (await stat(join(out.path, photo.name)).catch(() => undefined)) === undefined;
      if (withPhoto && isMissing) await putPhoto(await readPhoto(photo), out, photo.name);
      return { photo, status: 'skipped' };
    } catch (error) {
      if (error instanceof AppError) return { photo, status: 'failed', error };
      throw error;
    }
  }
  const run = { parser: await parser(), options, out, withPhoto };
  onPhoto(photo);
  return parseFile(photo, run);
}

function isOfStorage(outcome: PhotoOutcome): boolean {
  return outcome.status === 'failed' && outcome.error.code === 'storage_unavailable';
}

function outOfOrder(): AppError {
  const what = `${mostStorageFailures} photos in a row could not be fetched`;
  return new AppError('storage_unavailable', `${what}: run it again with --skip-existing when that works.`);
}

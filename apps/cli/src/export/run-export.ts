import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '@m2fp/contract';
import { ExportFolder, type ExportFormat, type ExportOptions, type ParsedPhoto } from '@m2fp/datasets/export';
import { resultsMarker } from '@m2fp/terminal';

/** In a data set that may be replaced by another export. */
const exportMarker = '.m2fp-export';

export interface ExportRun {
  readonly format: ExportFormat;
  readonly options: ExportOptions;
  readonly outDir: string;
  readonly signal: AbortSignal;
  /** Called after each photo. */
  readonly onPhoto: (stem: string, error: AppError | undefined) => void;
}

/**
 * Writes a data set, whole or not at all, one photo in memory at a time. A photo that lacks what the format needs is
 * left out. An earlier export at `outDir` is replaced; throws an Error if anything else is there. Returns how many
 * photos are in it; without any, nothing is written.
 */
export async function runExport(photos: AsyncIterable<ParsedPhoto>, run: ExportRun): Promise<number> {
  await assertReplaceable(run.outDir);
  const staging = join(dirname(run.outDir), `.m2fp-export-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(staging, { recursive: true });
  const folder = new ExportFolder(staging);
  try {
    const added = await addAll(photos, folder, run);
    if (added === 0) return 0;
    for (const marker of [resultsMarker, exportMarker]) await writeFile(join(staging, marker), '');
    await assertReplaceable(run.outDir);
    await rm(run.outDir, { recursive: true, force: true });
    await rename(staging, run.outDir);
    return added;
  } finally {
    await folder.close();
    await rm(staging, { recursive: true, force: true });
  }
}

async function addAll(photos: AsyncIterable<ParsedPhoto>, folder: ExportFolder, run: ExportRun): Promise<number> {
  const exporter = await run.format.open(folder, run.options);
  let added = 0;
  for await (const photo of photos) {
    run.signal.throwIfAborted();
    try {
      await exporter.add(photo);
      added += 1;
      run.onPhoto(photo.stem, undefined);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      run.onPhoto(photo.stem, error);
    }
  }
  if (added > 0) await exporter.finish();
  return added;
}

/** A new or empty folder, or one that an export made. */
async function assertReplaceable(outDir: string): Promise<void> {
  const names = await readdir(outDir).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${outDir} is no folder that can be written: ${error.code}.`, { cause: error });
  });
  if (names.length === 0 || names.includes(exportMarker)) return;
  throw new Error(`${outDir} is not empty, and no earlier export: name another folder with --out.`);
}

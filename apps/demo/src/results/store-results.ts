import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { outputNames } from '@m2fp/contract';
import { type PhotoToParse, writeWhole } from '@m2fp/terminal';
import { download } from '../client/api-client.ts';
import type { JobResult } from '../client/job-schema.ts';
import { readPalette } from './png-palette.ts';
import { resultFileNames, viewableName } from './result-files.ts';
import { viewablePhoto } from './viewable-photo.ts';

/** By class id, `[r, g, b]`: the colours of one photo's colormap. */
export type Palette = readonly (readonly [number, number, number])[];

/** Removes what an earlier run left for a photo: a photo that fails now must not show old results. */
export async function clearResults(outDir: string, photo: PhotoToParse): Promise<void> {
  for (const name of [...Object.values(resultFileNames), viewableName]) {
    await rm(join(outDir, photo.folder, name), { force: true });
  }
}

/** Downloads a job's files into the photo's folder and puts the photo beside them. Gives the colormap's palette. */
export async function storeResults(
  outDir: string,
  photo: PhotoToParse,
  result: JobResult,
  signal: AbortSignal,
): Promise<Palette> {
  const folder = join(outDir, photo.folder);
  await mkdir(folder, { recursive: true });
  let palette: Palette | undefined;
  for (const output of outputNames) {
    const url = result.files.find((file) => file.output === output)?.url;
    if (url === undefined) throw new Error(`The job's result has no ${output}.`);
    const bytes = await download(url, signal);
    if (output === 'colormap') palette = readPalette(bytes);
    await writeWhole(join(folder, resultFileNames[output]), bytes);
  }
  await writeWhole(join(folder, viewableName), await viewablePhoto(photo.path));
  return palette ?? [];
}

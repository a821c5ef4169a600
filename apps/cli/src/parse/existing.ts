/** `--skip-existing`: which results of an earlier run can stay. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type OutputName, outputKinds, type ParseOptions, parseOptionsSchema } from '@m2fp/contract';
import type { PhotoToParse } from '@m2fp/terminal';
import { z } from 'zod';
import { type FoundPhoto, modifiedMs } from './find-photos.ts';

/** What results are made from, besides the photo. */
export interface Recipe {
  readonly model: { readonly name: string; readonly kind: string; readonly version: string };
  readonly options: ParseOptions;
}

/** Of masks.json, which says what it was made from. */
const madeFromSchema = z.object({
  info: z.object({
    parsing: z.object({ model: z.string(), kind: z.string(), version: z.string(), options: parseOptionsSchema }),
  }),
  images: z.tuple([z.object({ file_name: z.string() })]),
});
const masksMaxBytes = 256 * 2 ** 20;

/**
 * Whether a photo's results are all there, and not older than the photo. If masks.json is among them, it also has to be
 * made by the same model, with the same options, of a photo of this name; the other files do not say what made them.
 */
export async function hasResults(photo: FoundPhoto & PhotoToParse, outDir: string, recipe: Recipe): Promise<boolean> {
  const folder = join(outDir, photo.folder);
  const written = await Promise.all(recipe.options.outputs.map((output) => writtenMs(folder, output)));
  const changed = (await modifiedMs(photo)) ?? -Infinity;
  if (!written.every((ms) => ms !== undefined && ms >= changed)) return false;
  return !recipe.options.outputs.includes('masks') || (await isMadeBy(recipe, folder, photo.name));
}

/** Undefined if it is not there. Of an output with a file for each person there may be none. */
async function writtenMs(folder: string, output: OutputName): Promise<number | undefined> {
  const { file } = outputKinds[output];
  const found = await stat(join(folder, file)).catch(() => undefined);
  return found?.isFile() === true ? found.mtimeMs : undefined;
}

async function isMadeBy({ model, options }: Recipe, folder: string, name: string): Promise<boolean> {
  const path = join(folder, outputKinds.masks.file);
  if ((await stat(path)).size > masksMaxBytes) return false;
  const found = madeFromSchema.safeParse(parsedJson(await readFile(path, 'utf8')));
  if (!found.success) return false;
  const { info, images } = found.data;
  const { options: used, ...by } = info.parsing;
  const isSame = isDeepStrictEqual(by, { model: model.name, kind: model.kind, version: model.version });
  // Which files were made with it makes no difference to those that are wanted.
  const sameOptions = isDeepStrictEqual({ ...used, outputs: [] }, { ...options, outputs: [] });
  return isSame && sameOptions && images[0].file_name === name;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `--skip-existing`: which results of an earlier run can stay. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isPersonal, outputFileName, type OutputName, type ParseOptions, parseOptionsSchema } from '@m2fp/contract';
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
    parsing: z.object({
      ...{ model: z.string(), kind: z.string(), version: z.string() },
      people: z.int(),
      options: parseOptionsSchema,
    }),
  }),
  images: z.tuple([z.object({ file_name: z.string() })]),
});
type MadeFrom = z.infer<typeof madeFromSchema>;
const masksMaxBytes = 256 * 2 ** 20;

/**
 * Whether a photo's results are all there, and not older than the photo. If masks.json is among them, it also has to be
 * made by the same model, with the same options, of a photo of this name; the other files do not say what made them.
 */
export async function hasResults(photo: FoundPhoto & PhotoToParse, outDir: string, recipe: Recipe): Promise<boolean> {
  const { outputs } = recipe.options;
  const folder = join(outDir, photo.folder);
  const made = outputs.includes('masks') ? await readMasks(join(folder, outputFileName('masks'))) : undefined;
  if (outputs.includes('masks') && (made === undefined || !isMadeBy(made, recipe, photo.name))) return false;
  const changed = await modifiedMs(photo);
  // Of standard input and addresses: the results may be of another photo that was called the same.
  if (changed === undefined) return false;
  for (const output of outputs) {
    const written = await writtenMs(folder, output);
    // Where nobody was found, there is no file for each person.
    if (written === undefined && isPersonal(output) && made?.info.parsing.people === 0) continue;
    if (written === undefined || written < changed) return false;
  }
  return true;
}

/** Of an output with a file for each person: of their folder. Undefined if it is not there. */
async function writtenMs(folder: string, output: OutputName): Promise<number | undefined> {
  const path = join(folder, outputFileName(output));
  const found = await stat(isPersonal(output) ? dirname(path) : path).catch(() => undefined);
  return found?.mtimeMs;
}

async function readMasks(path: string): Promise<MadeFrom | undefined> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined || size > masksMaxBytes) return undefined;
  return madeFromSchema.safeParse(parsedJson(await readFile(path, 'utf8'))).data;
}

function isMadeBy({ info, images }: MadeFrom, { model, options }: Recipe, name: string): boolean {
  const { options: used, people: _people, ...by } = info.parsing;
  const isSame = isDeepStrictEqual(by, { model: model.name, kind: model.kind, version: model.version });
  // Which files were made with it makes no difference to those that are wanted.
  const hasSameOptions = isDeepStrictEqual({ ...used, outputs: [] }, { ...options, outputs: [] });
  return isSame && hasSameOptions && images[0].file_name === name;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

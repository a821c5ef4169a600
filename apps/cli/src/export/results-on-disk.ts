/** Results in a folder that `m2fp parse` or the demo made. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { AppError, outputKinds } from '@m2fp/contract';
import type { ParsedPhoto } from '@m2fp/datasets/export';
import { hasPhotoExtension, isResultFolder } from '@m2fp/terminal';
import { z } from 'zod';

/** More is no result of ours. */
export const resultMaxBytes = 256 * 2 ** 20;
const mostLevels = 33;

/**
 * All folders of results below `root`, by name, one at a time.
 * @param photos where the photos are, in the same folders: `root`, unless they were left out
 */
export async function* resultsOnDisk(root: string, photos: string): AsyncGenerator<ParsedPhoto, void> {
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new AppError('input_not_found', `There is no folder ${root}.`);
  yield* resultsBelow('', 0, { root, photos });
}

interface Places {
  readonly root: string;
  readonly photos: string;
}

async function* resultsBelow(folder: string, level: number, places: Places): AsyncGenerator<ParsedPhoto, void> {
  const entries = await readdir(join(places.root, folder), { withFileTypes: true });
  if (folder !== '' && isResultFolder(entries.map(({ name }) => name))) yield await resultIn(folder, places);
  if (level === mostLevels) return;
  const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  for (const name of below.sort()) yield* resultsBelow(posix.join(folder, name), level + 1, places);
}

/** A photo is called as its masks.json says, and lies where its folder does; without masks.json, it is its namesake. */
async function resultIn(folder: string, { root, photos }: Places): Promise<ParsedPhoto> {
  const masks = await readIfThere(join(root, folder, outputKinds.masks.file));
  const name = (masks === undefined ? undefined : fileNameIn(masks)) ?? (await namesake(folder, photos));
  return {
    stem: folder,
    ext: name === undefined ? '' : posix.extname(name),
    async read(output) {
      return output === 'masks' ? masks : readIfThere(join(root, folder, outputKinds[output].file));
    },
    async photo() {
      const path = name === undefined ? undefined : join(photos, posix.dirname(folder), name);
      if (path !== undefined && (await stat(path).catch(() => undefined))?.isFile() === true) return { path };
      throw new AppError('input_not_found', `Its photo ${name ?? ''} is not in ${photos}: say where with --photos.`);
    },
  };
}

const namedSchema = z.object({ images: z.tuple([z.object({ file_name: z.string() })]) });

/** Without its folders; undefined if these are no masks of a photo, which is found out where they are used. */
function fileNameIn(masks: Uint8Array): string | undefined {
  try {
    const { images } = namedSchema.parse(JSON.parse(Buffer.from(masks).toString()));
    return posix.basename(images[0].file_name);
  } catch {
    return undefined;
  }
}

async function namesake(folder: string, photos: string): Promise<string | undefined> {
  const names = await readdir(join(photos, posix.dirname(folder))).catch(() => []);
  return names.sort().find((name) => hasPhotoExtension(name) && posix.parse(name).name === posix.basename(folder));
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  if (found.size <= resultMaxBytes) return readFile(path);
  throw new AppError('invalid_request', `${path} cannot be used: it has more than ${resultMaxBytes} bytes.`);
}

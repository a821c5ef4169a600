import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import type { PhotoFile } from './photo-files.ts';

/** A photo, and the folder inside the output folder for its results. */
export interface PhotoToParse extends PhotoFile {
  readonly folder: string;
}

/** Taken by the page next to the folders. */
const reserved = ['index.html'];

/** Gives each photo a folder named after it; when names collide, the later ones get a number. */
export function nameResultFolders<P extends PhotoFile>(photos: readonly P[]): (P & PhotoToParse)[] {
  // Compared in lower case: some file systems do not distinguish between Photo and photo.
  const taken = new Set(reserved);
  return photos.map((photo) => {
    const stem = folderStem(photo.name);
    let folder = stem;
    for (let number = 2; taken.has(folder.toLowerCase()); number++) folder = `${stem}-${number}`;
    taken.add(folder.toLowerCase());
    return { ...photo, folder };
  });
}

/** A name that starts with a dot would be hidden, or climb out of the output folder. */
function folderStem(fileName: string): string {
  const stem = parse(fileName).name.replace(/^\.+/, '').trim();
  return stem === '' ? 'photo' : stem;
}

/** Writes a file completely or not at all: if interrupted, the old file stays, with nothing left next to it. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const staging = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await writeFile(staging, content);
    await rename(staging, path);
  } catch (error) {
    await rm(staging, { force: true });
    throw error;
  }
}

import { parse } from 'node:path';
import type { PhotoFile } from './photo-files.ts';

/** A photo and the folder, inside the output folder, that its results go to. */
export interface PhotoToParse extends PhotoFile {
  readonly folder: string;
}

/** Taken by the page beside the folders. */
const reserved = ['index.html'];

/** Gives each photo a folder named after it; where names meet, the later ones get a number. */
export function nameResultFolders<P extends PhotoFile>(photos: readonly P[]): (P & PhotoToParse)[] {
  // Compared in lower case: some file systems make no difference between Photo and photo.
  const taken = new Set(reserved);
  return photos.map((photo) => {
    const stem = folderStem(photo.name);
    let folder = stem;
    for (let number = 2; taken.has(folder.toLowerCase()); number++) folder = `${stem}-${number}`;
    taken.add(folder.toLowerCase());
    return { ...photo, folder };
  });
}

/** A name that begins with a dot would be hidden, or climb out of the output folder. */
function folderStem(fileName: string): string {
  const stem = parse(fileName).name.replace(/^\.+/, '').trim();
  return stem === '' ? 'photo' : stem;
}

/** What photos and the folders of their results are called. */
import { posix } from 'node:path';
import type { PhotoFile } from './photo-files.ts';

/** A photo, and where its results go. */
export interface PhotoToParse extends PhotoFile {
  /** Unique among the photos of a run, and clear of all folders: the photo itself can be put there. */
  readonly name: string;
  /** Inside the output folder, with `/`. */
  readonly folder: string;
}

/** In the output folder, beside the photos' folders. */
export const annotationsName = 'annotations.json';
const reserved = ['index.html', annotationsName];
const mostBytes = 200;
/** Controls, line ends, halves of characters, what makes text run the other way, what separates folders elsewhere. */
const unwanted = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\\]/gu;

/** What Windows takes in no name; a colon would even hide what is written in another file. */
const notOnWindows = /[<>:"|?*]/g;
/** Names that are devices there, whatever their extension. */
const devices = /^(?:aux|con|nul|prn|(?:com|lpt)[\d¹²³])(?=\.|$)/i;

/**
 * Gives each photo a name and a folder for its results, which mirror the folders that it is in. Where names collide,
 * the later ones get a number: no photo, no folder with photos and no folder of results ever share a path, also where
 * file systems do not distinguish between Photo and photo. Holds the names of all photos.
 */
export class ResultNames {
  readonly #taken = new Map<string, 'photos' | 'other'>(reserved.map((name) => [name, 'other']));
  /** By the photos' folder. */
  readonly #folders = new Map<string, string>();
  /** By folder: the number that was given last. Ten thousand photos may all be called the same. */
  readonly #numbers = new Map<string, number>();
  readonly #isWindows: boolean;

  /** @param system whose file system it is: keys of S3 and names of other systems may be impossible on Windows */
  constructor(system: NodeJS.Platform = process.platform) {
    this.#isWindows = system === 'win32';
  }

  place<P extends PhotoFile>(photo: P): P & PhotoToParse {
    const at = photo.name.lastIndexOf('/');
    const inside = at === -1 ? '' : `${this.#folderOf(photo.name.slice(0, at))}/`;
    const { name: stem, ext } = posix.parse(this.#possible(cleaned(photo.name.slice(at + 1), 'photo')));
    const own = `${inside}${stem}${ext}`;
    const first = keyOf(`${inside}${stem}`);
    for (let number = this.#numbers.get(first) ?? 1; ; number++) {
      const folder = `${inside}${numbered(stem, number)}`;
      // Without an extension, a photo and its folder would be the same: the folder gets a number then.
      const name = this.#isFree(own) && own !== folder ? own : `${folder}${ext === '' ? '.photo' : ext}`;
      const isOwnNext = ext === '' && number === 1 && this.#isFree(own);
      if (isOwnNext || !this.#isFree(folder) || !this.#isFree(name)) continue;
      this.#taken.set(keyOf(name), 'other').set(keyOf(folder), 'other');
      this.#numbers.set(first, number + 1);
      return { ...photo, name, folder };
    }
  }

  #folderOf(path: string): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const at = path.lastIndexOf('/');
    const inside = at === -1 ? '' : `${this.#folderOf(path.slice(0, at))}/`;
    const stem = this.#possible(cleaned(path.slice(at + 1), 'folder'));
    let folder = `${inside}${stem}`;
    for (let number = 2; this.#taken.get(keyOf(folder)) === 'other'; number++) {
      folder = `${inside}${numbered(stem, number)}`;
    }
    this.#taken.set(keyOf(folder), 'photos');
    this.#folders.set(path, folder);
    return folder;
  }

  #possible(name: string): string {
    if (!this.#isWindows) return name;
    const { name: stem, ext } = posix.parse(name.replace(notOnWindows, '_').replace(/(?<![. ])[. ]+$/, ''));
    // A stem is a folder, too: without what Windows would leave away at its end.
    return `${stem.replace(devices, '$&_').replace(/(?<![. ])[. ]+$/, '')}${ext}`;
  }

  #isFree(path: string): boolean {
    return !this.#taken.has(keyOf(path));
  }
}

export function nameResultFolders<P extends PhotoFile>(photos: readonly P[]): (P & PhotoToParse)[] {
  const names = new ResultNames();
  return photos.map((photo) => names.place(photo));
}

function keyOf(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function numbered(stem: string, number: number): string {
  return number === 1 ? stem : `${stem}-${number}`;
}

/** A name that starts with a dot would be hidden, or climb out of the output folder. */
function cleaned(name: string, otherwise: string): string {
  const { name: stem, ext } = posix.parse(name.replace(unwanted, '_'));
  const kept = stem.replace(/^\.+/, '').trim();
  const shown = kept === '' ? otherwise : kept;
  const room = mostBytes - Buffer.byteLength(ext);
  return `${room < 1 ? otherwise : shortened(shown, room)}${room < 1 ? '' : ext.trimEnd()}`;
}

/** File systems take names of up to 255 bytes. */
function shortened(text: string, bytes: number): string {
  let size = 0;
  let kept = '';
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}

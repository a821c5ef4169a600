import type { Dirent } from 'node:fs';
import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join, resolve, sep } from 'node:path';
import { isHiddenFile, photoExtensions } from '@m2fp/contract';
import { isResultFolder, isResultName, resultsMarker } from './results.ts';

/** A photo on disk. */
export interface PhotoFile {
  readonly path: string;
  /** From the folder on that was named, with `/`; of a file that was named itself, without its folders. */
  readonly name: string;
}

/** Something in a folder that is not a photo, but has to be known: a folder that cannot be read. */
export interface PhotoFault extends PhotoFile {
  readonly fault: string;
}

/** Other and hidden files in a folder are skipped; one that is named is always taken. */
export function hasPhotoExtension(name: string): boolean {
  return photoExtensions.includes(extname(name).toLowerCase());
}

/**
 * The photos that the command line names, in order: files, and what `walkPhotos` finds in folders. Throws an Error that
 * names an argument that is neither, a folder without photos, or one that cannot be read.
 */
export async function collectPhotos(
  args: readonly string[],
  workingDir: string,
  rules: WalkRules = {},
): Promise<PhotoFile[]> {
  const photos: PhotoFile[] = [];
  for (const arg of args) {
    for await (const photo of photosOf(arg, workingDir, rules)) {
      if ('fault' in photo) throw new Error(`${photo.path}: ${photo.fault}`);
      photos.push(photo);
    }
  }
  return photos;
}

/**
 * Of one argument: the file itself, the photos in the folder, or both for what a pattern like `*.jpg` matches, which
 * shells of Windows leave to the program. Throws an Error if it is none of these, or there are none.
 */
export async function* photosOf(
  arg: string,
  workingDir: string,
  rules: WalkRules = {},
): AsyncGenerator<PhotoFile | PhotoFault, void> {
  const matches: string[] = [];
  const found = await stat(resolve(workingDir, arg)).catch(() => undefined);
  if (found === undefined && /[*?]/.test(arg)) {
    for await (const match of glob(arg, { cwd: workingDir })) matches.push(match);
  }
  for (const one of matches.length > 0 ? matches.sort() : [arg]) yield* photosAt(one, workingDir, rules);
}

async function* photosAt(
  arg: string,
  workingDir: string,
  rules: WalkRules,
): AsyncGenerator<PhotoFile | PhotoFault, void> {
  const path = resolve(workingDir, arg);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) {
    yield { path, name: basename(path) };
    return;
  }
  if (found?.isDirectory() !== true) throw new Error(`${arg} is neither a photo nor a folder.`);
  let isEmpty = true;
  for await (const photo of walkPhotos(path, rules)) {
    isEmpty = false;
    yield photo;
  }
  if (isEmpty) throw new Error(`${arg} has no photos in it (${photoExtensions.join(' ')}).`);
}

export interface WalkRules {
  /** A folder that is passed over wherever it is, unless it is the one that was named: where results go. */
  readonly except?: string;
}

/** Deeper folders are reported, not read. */
const mostLevels = 32;
const mostPhotos = 1_000_000;

interface Folder {
  readonly path: string;
  /** Without links. */
  readonly real: string;
  /** From the first folder on; empty for that one itself. */
  readonly name: string;
  readonly level: number;
}

interface Walk {
  readonly root: string;
  readonly except: string | undefined;
  /** Folders that were read, without links: each is read once. */
  readonly seen: Set<string>;
  photos: number;
}

/**
 * The photos below a folder: sorted by name, a folder's own photos before those of its folders, never all of them in
 * memory. Passed over are hidden files, results of earlier runs, and whatever is not a file. Links are followed, a
 * folder that is linked is read once. Throws an Error beyond a million photos.
 */
async function* walkPhotos(path: string, { except }: WalkRules): AsyncGenerator<PhotoFile | PhotoFault, void> {
  const root = await realpath(path);
  const walk = {
    root,
    except: except === undefined ? undefined : await realpath(except).catch(() => undefined),
    seen: new Set<string>(),
    photos: 0,
  };
  yield* photosBelow({ path, real: root, name: '', level: 0 }, walk);
}

async function* photosBelow(folder: Folder, walk: Walk): AsyncGenerator<PhotoFile | PhotoFault, void> {
  if (walk.seen.has(folder.real)) return;
  walk.seen.add(folder.real);
  let entries: Dirent[];
  try {
    if (folder.level > mostLevels) throw new Error(`more than ${mostLevels} folders within each other`);
    entries = (await readdir(folder.path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    yield { path: folder.path, name: folder.name, fault: `The folder cannot be read: ${reasonOf(error)}.` };
    return;
  }
  if (folder.level > 0 && entries.some(({ name }) => name === resultsMarker)) return;
  const isOfResults = isResultFolder(entries.map(({ name }) => name));
  const visible = entries.filter(({ name }) => !isHiddenFile(name) && !(isOfResults && isResultName(name)));
  for (const entry of visible) {
    if (!hasPhotoExtension(entry.name) || !(await isPhotoFile(join(folder.path, entry.name), entry))) continue;
    if (++walk.photos > mostPhotos) throw new Error(`There are more than ${mostPhotos} photos in ${walk.root}.`);
    yield { path: join(folder.path, entry.name), name: nameIn(folder, entry) };
  }
  for (const entry of visible) {
    const below = isHiddenFile(`${entry.name}/photo`) ? undefined : await folderOf(entry, folder, walk);
    if (below !== undefined) yield* photosBelow(below, walk);
  }
}

/** A link that leads nowhere counts as a photo: it fails by itself, instead of being missed. */
async function isPhotoFile(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(path).catch(() => undefined))?.isFile() ?? true;
}

/** Undefined if it is no folder, where the results go, or a link to a place that is read anyway. */
async function folderOf(entry: Dirent, within: Folder, { root, except }: Walk): Promise<Folder | undefined> {
  const path = join(within.path, entry.name);
  let real = join(within.real, entry.name);
  if (entry.isSymbolicLink()) {
    if ((await stat(path).catch(() => undefined))?.isDirectory() !== true) return undefined;
    real = await realpath(path);
    if (`${real}${sep}`.startsWith(`${root}${sep}`)) return undefined;
  } else if (!entry.isDirectory()) return undefined;
  return real === except ? undefined : { path, real, name: nameIn(within, entry), level: within.level + 1 };
}

function nameIn(folder: Folder, { name }: Dirent): string {
  return folder.name === '' ? name : `${folder.name}/${name}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

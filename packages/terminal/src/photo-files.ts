import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { isHiddenFile } from '@m2fp/contract';

/** A photo on disk. */
export interface PhotoFile {
  readonly path: string;
  /** Its name without folders, as shown to the user. */
  readonly name: string;
}

/** What the service accepts. Other and hidden files in a folder are skipped; one that is named is always taken. */
const photoExtensions: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.avif']);

/**
 * The photos that the command line names, in order: files, and the photos directly inside folders, sorted by name.
 * Throws an Error that names an argument that is neither, or a folder without photos.
 */
export async function collectPhotos(args: readonly string[], workingDir: string): Promise<PhotoFile[]> {
  const photos: PhotoFile[] = [];
  for (const arg of args) photos.push(...(await photosOf(resolve(workingDir, arg), arg)));
  return photos;
}

async function photosOf(path: string, arg: string): Promise<PhotoFile[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return [photoFile(path)];
  if (found?.isDirectory() !== true) throw new Error(`${arg} is neither a photo nor a folder.`);
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && hasPhotoExtension(entry.name) && !isHiddenFile(entry.name))
    .map(({ name }) => name);
  if (names.length === 0) throw new Error(`${arg} has no photos in it (${[...photoExtensions].join(' ')}).`);
  return names.sort().map((name) => photoFile(join(path, name)));
}

function photoFile(path: string): PhotoFile {
  return { path, name: basename(path) };
}

function hasPhotoExtension(name: string): boolean {
  return photoExtensions.has(extname(name).toLowerCase());
}

/** The output folder on disk: what of it is ours, and how it is written. */
import { createHash } from 'node:crypto';
import { constants, createReadStream, rmSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, isPersonal, outputFileName, outputNames, personalOutputs } from '@m2fp/contract';

/** In an output folder that was made for results and nothing else: no photo in it is one to parse. */
export const resultsMarker = '.m2fp-results';

/** The demo's picture of the photo, which its page shows. */
export const viewableName = 'photo.jpg';

const outputFiles: readonly string[] = outputNames
  .filter((name) => !isPersonal(name))
  .map((name) => outputFileName(name));
/** With a file for each person. */
const outputFolders = personalOutputs.map((name) => dirname(outputFileName(name)));
const resultNames: ReadonlySet<string> = new Set([...outputFiles, ...outputFolders, viewableName]);

/** Whether a file or folder in a folder of results is one of them. */
export function isResultName(name: string): boolean {
  return resultNames.has(name);
}

/**
 * Whether a folder with these entries is one that an earlier run made for a photo: it has masks.json, or nothing but
 * results.
 */
export function isResultFolder(names: readonly string[]): boolean {
  if (names.includes(outputFileName('masks'))) return true;
  return names.every(isResultName) && names.some((name) => outputFiles.includes(name));
}

export interface OutDir {
  readonly path: string;
  /** Everything in it comes from runs like this one. Another folder may have photos that must not be written over. */
  readonly isOurs: boolean;
}

/** Makes the folder for all results. One that is new or empty is marked as ours. */
export async function openOutDir(path: string): Promise<OutDir> {
  await makeFolder(path);
  const names = await readdir(path);
  if (names.length === 0) await writeFile(join(path, resultsMarker), '');
  return { path, isOurs: names.length === 0 || names.includes(resultsMarker) };
}

/** Removes what an earlier run left of a photo: one that fails now must not show old results. */
export async function clearResults(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of outputFiles) await rm(join(folder, name), { force: true });
  // The rest may be somebody's own in a folder that only happens to be called like the photo.
  if (!isResultFolder(names)) return;
  await rm(join(folder, viewableName), { force: true });
  for (const name of outputFolders) await rm(join(folder, name), { force: true, recursive: true });
}

/** Writes a file completely or not at all: if interrupted, the old file stays, with nothing left next to it. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await makeWhole(path, (staging) => writeFile(staging, content));
}

/**
 * Puts a photo into the output folder, byte for byte; a copy on disk shares them with the original where the file
 * system can do that. Throws `output_denied` rather than write over another file that is not ours.
 * @param photo its path or its bytes
 * @param name inside the folder, with `/`
 */
export async function putPhoto(photo: string | Uint8Array, { path, isOurs }: OutDir, name: string): Promise<void> {
  const to = join(path, name);
  const there = await stat(to).catch(() => undefined);
  if (there !== undefined) {
    // It may be in its place already: the photos themselves can be in the output folder.
    if (typeof photo === 'string' && (await isSameFile(photo, there))) return;
    if (!isOurs && !(await hasSameBytes(photo, to))) {
      const remedy = 'name an empty folder for the results, or leave the photos out';
      throw new AppError('output_denied', `${name} in the folder for the results is another file: ${remedy}.`);
    }
  }
  await makeFolder(dirname(to));
  if (typeof photo !== 'string') return writeWhole(to, photo);
  await makeWhole(to, (staging) => copyFile(photo, staging, constants.COPYFILE_FICLONE));
}

async function isSameFile(path: string, other: { readonly dev: number; readonly ino: number }): Promise<boolean> {
  const { dev, ino } = await stat(path);
  return dev === other.dev && ino === other.ino;
}

async function hasSameBytes(photo: string | Uint8Array, path: string): Promise<boolean> {
  const size = typeof photo === 'string' ? (await stat(photo)).size : photo.byteLength;
  if ((await stat(path)).size !== size) return false;
  return (await digestOf(photo)).equals(await digestOf(path));
}

async function digestOf(photo: string | Uint8Array): Promise<Buffer> {
  const hash = createHash('sha256');
  if (typeof photo === 'string') for await (const chunk of createReadStream(photo)) hash.update(chunk as Buffer);
  else hash.update(photo);
  return hash.digest();
}

/**
 * Makes a folder, with those that it is in. Node's own way calls a read-only disk a folder that is missing, and never
 * comes back from `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  try {
    await mkdir(path);
  } catch (error) {
    // Someone else may have been quicker.
    if (await isFolder(path)) return;
    const isParentMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !(await isFolder(dirname(path)));
    if (!isParentMissing) throw error;
    await makeFolder(dirname(path));
    await makeFolder(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** The name is not in the staging file's: it may be as long as a name can be. */
let stagings = 0;
/** A process that is ended at once takes its half-written files along. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** What `make` writes to `staging` takes the place of the file, or nothing does. */
export async function makeWhole(path: string, make: (staging: string) => Promise<void>): Promise<void> {
  const staging = join(dirname(path), `.m2fp-${process.pid}-${++stagings}.part`);
  unfinished.add(staging);
  try {
    await make(staging);
    await rename(staging, path);
  } catch (error) {
    await rm(staging, { force: true });
    // The system names the staging file, or none.
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path, dest: undefined });
    throw error;
  } finally {
    unfinished.delete(staging);
  }
}

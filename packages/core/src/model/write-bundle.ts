/**
 * Writing a bundle so that its folder is either whole or not there: the files are made in a staging folder beside it,
 * hashed, given a manifest, and the folder is renamed into place in one step. Two processes that write the same
 * bundle at once both succeed. A staging folder that a killed process left is swept up by the
 * next write.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AppError } from '@m2fp/contract';
import { openBundle } from './bundle.ts';
import { describeFile } from './file-digest.ts';
import { type Manifest, manifestFileName, manifestSchema } from './manifest.ts';
import { createStagingPath, sweepAbandoned } from './staging.ts';

type WithoutFiles<M> = M extends Manifest ? Omit<M, 'files'> : never;

/** A manifest, of any kind, before its files are known. */
export type ManifestDraft = WithoutFiles<Manifest>;

/**
 * Writes a bundle to `dir`. `writeFiles` puts plain files, no folders, into the staging folder that it is given.
 * An existing bundle is replaced; any other folder that is not empty is left alone (`conflict`). If `writeFiles`
 * throws, nothing is left behind.
 */
export async function writeBundle(
  dir: string,
  draft: ManifestDraft,
  writeFiles: (stagingDir: string) => Promise<void>,
): Promise<Manifest> {
  const target = resolve(dir);
  await assertReplaceable(target);
  await mkdir(dirname(target), { recursive: true });
  await sweepAbandoned(target);
  const staging = createStagingPath(target);
  await mkdir(staging);
  try {
    await writeFiles(staging);
    const manifest = await completeManifest(staging, draft);
    await writeFile(join(staging, manifestFileName), `${JSON.stringify(manifest, null, 2)}\n`);
    await moveIntoPlace(staging, target, manifest);
    return manifest;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function completeManifest(staging: string, draft: ManifestDraft): Promise<Manifest> {
  const files: Manifest['files'] = [];
  for (const name of (await readdir(staging)).sort()) files.push(await describeFile(staging, name));
  return manifestSchema.parse({ ...draft, files });
}

/** Renames over an empty or absent folder in one step; another bundle is first moved aside. */
async function moveIntoPlace(staging: string, target: string, manifest: Manifest): Promise<void> {
  // Another process may put its bundle there between our two steps: then look again at what is there now.
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(staging, target);
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST') || attempt === 10) throw error;
    }
    if (await holdsWhole(target, manifest)) return;
    await assertReplaceable(target);
    const aside = createStagingPath(target);
    await rename(target, aside).catch(ignoreMissing);
    await rm(aside, { recursive: true, force: true });
  }
}

/** True where the very bundle that we made is already there, whole: nobody who reads it then needs to be disturbed. */
async function holdsWhole(target: string, manifest: Manifest): Promise<boolean> {
  const found = await openBundle(target).catch(() => undefined);
  return found !== undefined && isDeepStrictEqual(found.manifest, manifest);
}

/**
 * Throws `conflict` where `writeBundle` would. Only a bundle may be replaced, and only a folder that holds nothing else:
 * the whole folder is removed.
 */
export async function assertReplaceable(target: string): Promise<void> {
  const found = await listFolder(target);
  if (found.length === 0) return;
  if (!found.includes(manifestFileName)) throw notABundle(target);
  const listed = await listedFiles(target);
  if (listed === undefined) return; // Another process has just moved it aside.
  const own = new Set([manifestFileName, ...listed]);
  if (!found.every((name) => own.has(name))) throw notABundle(target);
}

/** Reads no more of the manifest than it must: a bundle of an older version may be replaced as well. */
const fileListSchema = z.object({ files: z.array(z.object({ path: z.string() })) });

async function listedFiles(dir: string): Promise<string[] | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(dir, manifestFileName), 'utf8'));
    return fileListSchema.parse(manifest).files.map((file) => file.path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw notABundle(dir, error);
  }
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw new AppError('conflict', `${dir} exists and is not a folder.`, { cause: error });
  }
}

function notABundle(target: string, cause?: unknown): AppError {
  return new AppError('conflict', `${target} holds something other than a model bundle, so it was left as it is.`, {
    cause,
  });
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

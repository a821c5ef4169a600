/**
 * Writes a bundle so that its folder is either whole or absent: the files are made in a staging folder next to it,
 * hashed and given a manifest, and the folder is renamed into place in one step. Two processes that write the same
 * bundle at the same time both succeed. A staging folder that a killed process left behind is removed by the next
 * write.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AppError } from '@m2fp/contract';
import { type KindName, type ManifestOf, manifestSchema } from '../kinds/kinds.ts';
import { describeFile, openBundle } from './bundle.ts';
import { type BundleFile, manifestFileName } from './manifest.ts';

/** A manifest, by default of any kind, before its files are known. */
export type ManifestDraft<K extends KindName = KindName> = { [P in K]: Omit<ManifestOf<P>, 'files'> }[K];

/**
 * Writes a bundle to `dir`. `writeFiles` puts plain files, no folders, into the staging folder it is given. An existing
 * bundle is replaced; any other folder that is not empty is left alone (`conflict`). If `writeFiles` throws, nothing is
 * left behind.
 */
export async function writeBundle(
  dir: string,
  draft: ManifestDraft,
  writeFiles: (stagingDir: string) => Promise<void>,
): Promise<ManifestOf> {
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

async function completeManifest(staging: string, draft: ManifestDraft): Promise<ManifestOf> {
  const files: BundleFile[] = [];
  for (const name of (await readdir(staging)).sort()) files.push(await describeFile(staging, name));
  return manifestSchema.parse({ ...draft, files });
}

/** Renames over an empty or absent folder in one step; another bundle is moved aside first. */
async function moveIntoPlace(staging: string, target: string, manifest: ManifestOf): Promise<void> {
  // Another process may put its bundle there between our two steps: then look again.
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(staging, target);
    } catch (error) {
      // EPERM is what Windows says of a folder that is there, even of an empty one.
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') || attempt === 10) throw error;
    }
    if (await holdsWhole(target, manifest)) return;
    await assertReplaceable(target);
    const aside = createStagingPath(target);
    await rename(target, aside).catch(ignoreMissing);
    await rm(aside, { recursive: true, force: true });
  }
}

/** True if the same bundle is already there, intact: its readers need not be disturbed. */
async function holdsWhole(target: string, manifest: ManifestOf): Promise<boolean> {
  const found = await openBundle(target).catch(() => undefined);
  return found !== undefined && isDeepStrictEqual(found.manifest, manifest);
}

/**
 * Throws `conflict` where `writeBundle` would. Only a bundle may be replaced, and only in a folder that holds nothing
 * else, because the whole folder is removed.
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

/** Reads no more of the manifest than it must: bundles of older versions can be replaced too. */
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
  const message = `${target} holds something other than a model bundle, so it was left alone.`;
  return new AppError('conflict', message, { cause });
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** A path next to `target`, on the same file system, that is not taken yet. */
function createStagingPath(target: string): string {
  return join(dirname(target), `${stagingPrefix(target)}${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** Contains the host's name: containers that share a volume see each other's folders, not each other's processes. */
function stagingPrefix(target: string): string {
  return `.${basename(target)}.staging-${hostname()}-`;
}

/** Removes staging folders of this host's processes that no longer run. */
async function sweepAbandoned(target: string): Promise<void> {
  const prefix = stagingPrefix(target);
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!isAlive(pid)) await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

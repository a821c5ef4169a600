/**
 * Which files were found to have the sha256 that their bundle's manifest lists, and in which state they were then: a
 * file is hashed once per version, and not each time a model is loaded, which takes longer than making its session.
 *
 * The record is in the user's cache folder. It is believed only if it is the user's own: whoever could write it could
 * as well write the bundles there, manifest included. A file counts as unchanged by its device, inode, size and times;
 * nothing but an administrator or a broken disk changes bytes and leaves its time of change. `m2fp model inspect`
 * hashes whatever the record says.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const checkedFileSchema = z.strictObject({
  /** Absolute path. */
  path: z.string(),
  sha256: z.string(),
  /** Device, inode, size, and the times of the last change of contents and of anything else, ns. */
  state: z.string(),
});
export type CheckedFile = Readonly<z.infer<typeof checkedFileSchema>>;

const checkedFilesSchema = z.array(checkedFileSchema).readonly();
/** What was found out about a bundle, so that whoever opens it next need not. */
export const bundleCheckSchema = z
  .strictObject({
    /** Files of it that are whole. */
    files: checkedFilesSchema,
    /** The folder with what onnxruntime made of it on this machine, if that is whole. */
    optimized: z.string().optional(),
  })
  .readonly();
export type BundleCheck = z.infer<typeof bundleCheckSchema>;

const recordName = 'checked-files.json';
const mostFiles = 200;
const longestRecord = 256 * 1024;
/**
 * A file that has just been written may be written again within one tick of its file system's clock (2 s on FAT), and
 * keep its times: it is hashed again next time.
 */
const youngMs = 3_000;

/** What this process has found itself: the cache folder may not be writable. */
const found = new Map<string, CheckedFile>();

/** Of a file as it is now. Undefined if it cannot be told apart from a later state. */
export async function stateOf(path: string, now = Date.now()): Promise<string | undefined> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const changed = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
  if (changed / 1_000_000n > BigInt(now - youngMs)) return undefined;
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** What was checked before, by this process and, in this cache folder, by others. Never rejects. */
export async function readCheckedFiles(cacheDir: string): Promise<CheckedFile[]> {
  const recorded = await readRecord(join(cacheDir, recordName)).catch(() => []);
  return [...recorded.filter(({ path }) => !found.has(path)), ...found.values()];
}

/** Adds to what was checked. A cache folder that cannot be written is left as it is. Never rejects. */
export async function keepCheckedFiles(cacheDir: string, files: readonly CheckedFile[]): Promise<void> {
  for (const file of files) {
    found.delete(file.path);
    found.set(file.path, file);
  }
  for (const path of [...found.keys()].slice(0, -mostFiles)) found.delete(path);
  // The last ones stay: a bundle that is used is recorded again when it changes, one that is gone never is.
  const all = (await readCheckedFiles(cacheDir)).slice(-mostFiles);
  await writeRecord(resolve(cacheDir), all).catch(() => undefined);
}

/** Nobody but this user can have written it. Windows has no user numbers or modes: a user's cache is the user's own. */
export function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  const user = process.getuid?.();
  return user === undefined || (uid === user && (mode & 0o022) === 0);
}

/** Throws if it is not there, not whole, or not to be believed. */
async function readRecord(path: string): Promise<readonly CheckedFile[]> {
  const file = await open(path);
  try {
    const state = await file.stat();
    if (!isOwn(state) || state.size > longestRecord) return [];
    return checkedFilesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } finally {
    await file.close();
  }
}

/** Of two processes that write at the same time, one wins; what the other found is hashed again. */
async function writeRecord(cacheDir: string, files: readonly CheckedFile[]): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const staging = join(cacheDir, `.${recordName}-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(staging, `${JSON.stringify(files)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(staging, join(cacheDir, recordName));
  } finally {
    await rm(staging, { force: true });
  }
}

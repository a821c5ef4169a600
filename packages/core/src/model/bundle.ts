import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '@m2fp/contract';
import { defaultCacheDir } from '../bundles/cache-dir.ts';
import { graphsOf, type ManifestOf, manifestSchema } from '../kinds/kinds.ts';
import {
  type BundleCheck,
  type CheckedFile,
  isOwn,
  keepCheckedFiles,
  readCheckedFiles,
  stateOf,
} from './checked-files.ts';
import { type Bundle, type BundleFile, manifestFileName } from './manifest.ts';
import { optimizedListName, optimizedPath, readOptimizedFiles } from './optimized-bundle.ts';
import { readModelJson, shortened } from './read-json.ts';

/** Reads and checks only `manifest.json`, not the files that it names. Throws `model_unavailable`. */
export async function readManifest(dir: string): Promise<ManifestOf> {
  const parsed = manifestSchema.safeParse(await readManifestJson(dir));
  if (!parsed.success) {
    const problems = shortened(z.prettifyError(parsed.error));
    throw unavailable(dir, `its ${manifestFileName} is not valid:\n${problems}`, parsed.error);
  }
  assertConsistent(dir, parsed.data);
  return parsed.data;
}

/**
 * Opens a bundle: reads its manifest and checks the size and sha256 of every file, so that a bundle is used whole or
 * not at all. @param check what was found before: files need not be hashed again if they are still as they were
 * @throws `model_unavailable`
 */
export async function openBundle(dir: string, check: BundleCheck = { files: [] }): Promise<Bundle<ManifestOf>> {
  const root = resolve(dir);
  const manifest = await readManifest(root);
  await checkFiles(root, manifest.files, check.files);
  const optimized = await openOptimized(check);
  const names = new Set(manifest.files.map((file) => file.path));
  const path = (file: string): string => {
    if (!names.has(file)) throw unavailable(root, `its ${manifestFileName} lists no file ${JSON.stringify(file)}.`);
    return join(root, file);
  };
  return { dir: root, manifest, path, graph: (file) => optimized?.(file) ?? path(file) };
}

/**
 * Checks a bundle's files as `openBundle` does, but hashes each only once per version, by the record in the user's
 * cache folder; the same for what onnxruntime made of it on this machine. Returns what `openBundle` then need not find
 * out. Throws `model_unavailable`, `canceled`.
 */
export async function checkBundle(
  dir: string,
  cacheDir = defaultCacheDir(),
  signal?: AbortSignal,
): Promise<BundleCheck> {
  const root = resolve(dir);
  const manifest = await readManifest(root);
  const known = await readCheckedFiles(cacheDir);
  const { checked, hashed } = await checkFiles(root, manifest.files, known, signal);
  const optimized = await checkOptimized(await optimizedPath(manifest, cacheDir), known, signal);
  const found = [...hashed, ...(optimized?.hashed ?? [])];
  if (found.length > 0) await keepCheckedFiles(cacheDir, found);
  if (optimized === undefined) return { files: checked };
  return { files: [...checked, ...optimized.checked], optimized: optimized.dir };
}

/** Undefined if there is none that can be used: the bundle itself will do. Throws `canceled`. */
async function checkOptimized(
  dir: string | undefined,
  known: readonly CheckedFile[],
  signal?: AbortSignal,
): Promise<(Check & { dir: string }) | undefined> {
  if (dir === undefined) return undefined;
  try {
    const files = await readOptimizedFiles(dir);
    for (const path of [dir, join(dir, optimizedListName), ...files.map(({ path }) => join(dir, path))]) {
      if (!isOwn(await stat(path))) return undefined;
    }
    return { dir, ...(await checkFiles(dir, files, known, signal)) };
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

/** Its files by name. Undefined if there is none, or it was changed or removed meanwhile. */
async function openOptimized({ files, optimized: dir }: BundleCheck): Promise<OptimizedGraphs | undefined> {
  if (dir === undefined) return undefined;
  try {
    const own = await readOptimizedFiles(dir);
    await checkFiles(dir, own, files);
    return (name) => (own.some(({ path }) => path === name) ? join(dir, name) : undefined);
  } catch {
    return undefined;
  }
}

type OptimizedGraphs = (graph: string) => string | undefined;

interface Check {
  /** All files but those that are too young to be told apart from a later state. */
  readonly checked: CheckedFile[];
  /** Those of them that were not known. */
  readonly hashed: CheckedFile[];
}

async function checkFiles(
  dir: string,
  files: readonly BundleFile[],
  known: readonly CheckedFile[],
  signal?: AbortSignal,
): Promise<Check> {
  // Sizes first: a truncated download is found without hashing hundreds of megabytes.
  for (const file of files) await assertSize(dir, file);
  const states = new Map(known.map(({ path, sha256, state }) => [`${path}\0${sha256}`, state]));
  const check: Check = { checked: [], hashed: [] };
  for (const file of files) {
    const path = join(dir, file.path);
    // Before its bytes are read: what changes meanwhile has another state.
    const state = await stateOf(path);
    const isKnown = state !== undefined && states.get(`${path}\0${file.sha256}`) === state;
    if (!isKnown) await assertDigest(dir, file, signal);
    if (state === undefined) continue;
    const checked = { path, sha256: file.sha256, state };
    check.checked.push(checked);
    if (!isKnown) check.hashed.push(checked);
  }
  return check;
}

async function readManifestJson(dir: string): Promise<unknown> {
  const file = join(dir, manifestFileName);
  if (!(await stat(file).catch(() => undefined))?.isFile()) {
    throw unavailable(dir, `there is no ${manifestFileName} that can be read.`);
  }
  return readModelJson(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw unavailable(dir, `its ${manifestFileName} cannot be used: ${reason}.`, error);
  });
}

/** What the schema cannot say: that the names in it belong together. */
function assertConsistent(dir: string, manifest: ManifestOf): void {
  const files = manifest.files.map((file) => file.path);
  for (const graph of graphsOf(manifest)) {
    if (!files.includes(graph)) throw unavailable(dir, `its graph ${graph} is not among its files.`);
  }
  if (new Set(files).size < files.length) throw unavailable(dir, 'it lists a file twice.');
  if (files.includes(manifestFileName)) throw unavailable(dir, `it lists ${manifestFileName} among its files.`);
  const ids = manifest.labels.map((label) => label.id);
  if (new Set(ids).size < ids.length) throw unavailable(dir, 'two of its labels have the same id.');
}

async function assertSize(dir: string, file: BundleFile): Promise<void> {
  const found = await stat(join(dir, file.path)).catch((error: unknown) => {
    throw unavailable(dir, `${file.path} cannot be read.`, error);
  });
  if (found.size !== file.bytes) {
    throw unavailable(dir, `${file.path} has ${found.size} bytes, not the ${file.bytes} that were written.`);
  }
}

async function assertDigest(dir: string, file: BundleFile, signal?: AbortSignal): Promise<void> {
  const found = await describeFile(dir, file.path, signal).catch((error: unknown) => {
    if (signal?.aborted) throw new AppError('canceled', 'Checking the model was canceled.', { cause: signal.reason });
    throw unavailable(dir, `${file.path} cannot be read.`, error);
  });
  if (found.sha256 !== file.sha256) throw unavailable(dir, `${file.path} was changed: its sha256 differs.`);
}

/** A file's size and sha256 as a manifest lists them. Streams: a bundle's weights are hundreds of megabytes. */
export async function describeFile(dir: string, path: string, signal?: AbortSignal): Promise<BundleFile> {
  const file = join(dir, path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return { path, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

function unavailable(dir: string, why: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', `No usable model bundle at ${dir}: ${why}`, { cause });
}

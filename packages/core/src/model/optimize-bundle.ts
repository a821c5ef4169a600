import { randomBytes } from 'node:crypto';
// eslint-disable-next-line no-restricted-syntax -- nothing is optimized but on Linux
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defaultCacheDir } from '../bundles/cache-dir.ts';
import { graphsOf } from '../kinds/kinds.ts';
import { checkBundle, describeFile, openBundle, readManifest } from './bundle.ts';
import type { BundleFile } from './manifest.ts';
import { listOptimizedFiles, optimizedFolder, optimizedPath, readOptimizedFiles } from './optimized-bundle.ts';
import { createSession, type FloatTensor, saveOptimizedGraph, type TensorInfo } from './session.ts';

/** Smaller ones load in a tenth of a second. */
const leastBytes = 32e6;
/** What a cache folder keeps of them, besides the one just made: the rest may be of models that are gone. */
const most = { bundles: 7, bytes: 4e9 };
/** Nobody takes so long to make one: it was left behind. */
const abandonedMs = 15 * 60_000;
/** Sides, px, of the picture that both forms are compared with, where a graph leaves them open: a multiple of 32. */
const comparedSide = 96;

export type Optimized = { readonly dir: string } | { readonly why: string };

/**
 * Has onnxruntime optimize a bundle's graphs for this machine and keeps the result in the cache folder, where
 * `checkBundle` finds it. It is kept only if it computes the same bytes. Says why not, if there is nothing to gain or
 * it cannot be. The process should end afterwards: onnxruntime keeps memory. Throws `model_unavailable`, and what the
 * file system does. @param least smaller bundles are left as they are, bytes
 */
export async function optimizeBundle(
  dir: string,
  cacheDir = defaultCacheDir(),
  least = leastBytes,
): Promise<Optimized> {
  const known = await checkBundle(dir, cacheDir);
  const bundle = await openBundle(dir, known);
  const { manifest } = bundle;
  if (sizeOf(manifest.files) < least) return { why: 'it is small, and loads at once' };
  const target = await optimizedPath(manifest, cacheDir);
  if (target === undefined) return { why: 'this system does not say what its CPU can do' };
  const folder = optimizedFolder(cacheDir);
  await mkdir(folder, { recursive: true });
  await tidy(folder, basename(target));
  if (known.optimized !== undefined) return { dir: target };
  const staging = join(folder, `.${basename(target)}-${randomBytes(4).toString('hex')}`);
  await mkdir(staging);
  try {
    for (const graph of graphsOf(manifest)) {
      await optimizeGraph(bundle.path(graph), join(staging, graph));
      const difference = await differenceOf(bundle.path(graph), join(staging, graph));
      if (difference !== undefined) return { why: difference };
    }
    await listFiles(staging);
    const isThere = async (): Promise<boolean> => (await checkBundle(dir, cacheDir)).optimized !== undefined;
    await moveIntoPlace(staging, target, isThere);
    return (await isThere()) ? { dir: target } : { why: `${target} could not be used, or is not this user's own` };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** For this user to write and all to read, whatever the umask: parsers may be another user. */
async function listFiles(staging: string): Promise<void> {
  const files: BundleFile[] = [];
  for (const name of (await readdir(staging)).sort()) files.push(await describeFile(staging, name));
  await listOptimizedFiles(staging, files);
  for (const name of await readdir(staging)) await chmod(join(staging, name), 0o644);
  await chmod(staging, 0o755);
}

/** What another process has put there meanwhile stays; what cannot be used goes. */
async function moveIntoPlace(staging: string, target: string, isThere: () => Promise<boolean>): Promise<void> {
  if (await isThere()) return;
  await rm(target, { recursive: true, force: true });
  try {
    await rename(staging, target);
  } catch (error) {
    if (!(await isThere())) throw error;
  }
}

/** Throws `model_unavailable`. */
export async function isWorthOptimizing(dir: string): Promise<boolean> {
  const manifest = await readManifest(dir);
  return sizeOf(manifest.files) >= leastBytes && (await optimizedPath(manifest, defaultCacheDir())) !== undefined;
}

/**
 * Twice: onnxruntime writes nodes in the order in which it runs them, and a session then computes first, of a node's
 * inputs, what was written last. Once written, the order is another one, which holds up to a tenth more memory at its
 * peak; written again, it is the graph's own.
 */
async function optimizeGraph(path: string, target: string): Promise<void> {
  await saveOptimizedGraph(path, `${target}.first`, `${basename(target)}.first.weights`);
  await saveOptimizedGraph(`${target}.first`, target, `${basename(target)}.weights`);
  await rm(`${target}.first`);
  await rm(`${target}.first.weights`, { force: true });
}

/** Undefined if they compute the same, and something. */
async function differenceOf(path: string, optimized: string): Promise<string | undefined> {
  try {
    const results = await resultOf(path);
    if (!Object.values(results).every(({ data }) => data.every(Number.isFinite))) {
      return 'its results cannot be compared: they are no numbers';
    }
    return isDeepStrictEqual(results, await resultOf(optimized)) ? undefined : 'it computes something else then';
  } catch (error) {
    return `it could not be tried: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function resultOf(path: string): Promise<Record<string, FloatTensor>> {
  const session = await createSession(path, { threads: 1 });
  try {
    return await session.run(Object.fromEntries(session.inputs.map((input) => [input.name, madeUp(input)])));
  } finally {
    await session.close();
  }
}

/** Waves, in the range of normalized pixels or of whole numbers. */
function madeUp({ shape, type }: TensorInfo): FloatTensor {
  const sides = shape.map((side, axis) =>
    typeof side === 'number' && side > 0 ? side : axis === 0 ? 1 : comparedSide,
  );
  const reach = type.startsWith('float') ? 2 : 100;
  const data = Float32Array.from({ length: sides.reduce((a, b) => a * b, 1) }, (_, i) => reach * Math.sin(i * 0.37));
  return { data, shape: sides };
}

function sizeOf(files: readonly BundleFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Removes what was made longest ago, as far as there is too much, and what was left behind. */
async function tidy(folder: string, kept: string): Promise<void> {
  const found = [];
  for (const name of await readdir(folder)) {
    // Others may tidy as well.
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Date.now() }));
    const files = await readOptimizedFiles(join(folder, name)).catch(() => []);
    found.push({ name, mtimeMs, bytes: sizeOf(files) });
  }
  const isLeft = (name: string, mtimeMs: number): boolean => name.startsWith('.') && mtimeMs < Date.now() - abandonedMs;
  const others = found.filter(({ name }) => name !== kept && !name.startsWith('.'));
  let bytes = 0;
  const inExcess = others
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .filter((one, place) => (bytes += one.bytes) > most.bytes || place >= most.bundles);
  for (const { name } of [...inExcess, ...found.filter(({ name, mtimeMs }) => isLeft(name, mtimeMs))]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

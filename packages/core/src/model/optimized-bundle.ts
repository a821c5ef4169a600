/**
 * What onnxruntime makes of a bundle's graphs when it loads them, kept for the next load: fused nodes, and weights in
 * the order in which this CPU reads them, which are then mapped instead of copied. `m2fp model optimize` makes it, and
 * so do the commands that write a bundle.
 *
 * It holds for one version of onnxruntime on one kind of CPU, so it is no part of the bundle, but of the user's cache
 * folder, by a key that changes with all of them. It is believed only if it is the user's own, like the record of
 * checked files; its files have sizes and hashes as a bundle's have.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { machine, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { type BundleFile, fileSchema, type Manifest } from './manifest.ts';
import { readModelJson } from './read-json.ts';
import { describeSessions } from './session.ts';

export const optimizedListName = 'optimized.json';
const listSchema = z.strictObject({ v: z.literal(1), files: z.array(fileSchema).min(1) });
/** Changes with how it is made. */
const form = 1;

/** Where a cache folder has them. */
export function optimizedFolder(cacheDir: string): string {
  return join(resolve(cacheDir), 'optimized');
}

/** Where the one of this bundle on this machine is, or would be. Undefined where machines cannot be told apart. */
export async function optimizedPath(manifest: Manifest, cacheDir: string): Promise<string | undefined> {
  const [cpu, runtime] = await Promise.all([cpuFeatures(), runtimeVersion().catch(() => undefined)]);
  if (cpu === undefined || runtime === undefined) return undefined;
  const files = manifest.files.map(({ path, sha256 }) => [path, sha256]);
  const made = JSON.stringify([form, runtime, describeSessions(), platform(), machine(), cpu, files]);
  return join(optimizedFolder(cacheDir), createHash('sha256').update(made).digest('hex').slice(0, 32));
}

/** The files of the one in this folder; graphs have the names that the bundle has for them. Throws if there is none. */
export async function readOptimizedFiles(dir: string): Promise<readonly BundleFile[]> {
  return listSchema.parse(await readModelJson(join(dir, optimizedListName))).files;
}

/** Makes a folder that has these files one that is read. */
export async function listOptimizedFiles(dir: string, files: readonly BundleFile[]): Promise<void> {
  await writeFile(join(dir, optimizedListName), `${JSON.stringify({ v: 1, files })}\n`);
}

/** What decides which kernels and layouts onnxruntime uses. Only Linux says it. */
async function cpuFeatures(): Promise<string | undefined> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  return line?.trim().split(/\s+/).sort().join(' ');
}

/** Without loading it: whoever looks for an optimized bundle may not be who runs it. */
async function runtimeVersion(): Promise<string> {
  let folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node'));
  for (;;) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const { name, version } = packageSchema.parse(JSON.parse(text));
    if (name === 'onnxruntime-node' && version !== undefined) return version;
    if (dirname(folder) === folder) throw new Error('onnxruntime-node has no version.');
    folder = dirname(folder);
  }
}

const packageSchema = z.object({ name: z.string().optional(), version: z.string().optional() });

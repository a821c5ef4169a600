import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '@m2fp/contract';
import { describeFile } from './file-digest.ts';
import { type Manifest, manifestFileName, manifestSchema } from './manifest.ts';

/** A model bundle whose every file was found whole. */
export interface Bundle<M extends Manifest = Manifest> {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly manifest: M;
  /** Absolute path of one of the manifest's files. Throws `model_unavailable` for a name that it does not list. */
  path(file: string): string;
}

/** Reads and checks `manifest.json` alone, not the files that it names. Throws `model_unavailable`. */
export async function readManifest(dir: string): Promise<Manifest> {
  const parsed = manifestSchema.safeParse(await readManifestJson(dir));
  if (!parsed.success) {
    throw unavailable(dir, `its ${manifestFileName} is not valid:\n${z.prettifyError(parsed.error)}`, parsed.error);
  }
  assertConsistent(dir, parsed.data);
  return parsed.data;
}

/**
 * Opens a bundle: reads its manifest and checks the size and sha256 of every file, so that a bundle is used whole or
 * not at all. Throws `model_unavailable`.
 */
export async function openBundle(dir: string): Promise<Bundle> {
  const root = resolve(dir);
  const manifest = await readManifest(root);
  // Sizes first: a cut-off download is found without hashing hundreds of megabytes.
  for (const file of manifest.files) await assertSize(root, file);
  for (const file of manifest.files) await assertDigest(root, file);
  const names = new Set(manifest.files.map((file) => file.path));
  return {
    dir: root,
    manifest,
    path(file) {
      if (!names.has(file)) throw unavailable(root, `its ${manifestFileName} lists no file ${JSON.stringify(file)}.`);
      return join(root, file);
    },
  };
}

async function readManifestJson(dir: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(join(dir, manifestFileName), 'utf8');
  } catch (error) {
    throw unavailable(dir, `there is no ${manifestFileName} that can be read.`, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unavailable(dir, `its ${manifestFileName} is not JSON.`, error);
  }
}

/** What the schema cannot say: names that refer to each other do. */
function assertConsistent(dir: string, manifest: Manifest): void {
  const files = manifest.files.map((file) => file.path);
  const graphs = manifest.kind === 'portrait' ? [manifest.graph, manifest.detector.graph] : [manifest.graph];
  for (const graph of graphs) {
    if (!files.includes(graph)) throw unavailable(dir, `its graph ${graph} is not among its files.`);
  }
  if (new Set(files).size < files.length) throw unavailable(dir, 'it lists a file twice.');
  if (files.includes(manifestFileName)) throw unavailable(dir, `it lists ${manifestFileName} among its files.`);
  const ids = manifest.labels.map((label) => label.id);
  if (new Set(ids).size < ids.length) throw unavailable(dir, 'two of its labels have the same id.');
}

async function assertSize(dir: string, file: Manifest['files'][number]): Promise<void> {
  const found = await stat(join(dir, file.path)).catch((error: unknown) => {
    throw unavailable(dir, `${file.path} cannot be read.`, error);
  });
  if (found.size !== file.bytes) {
    throw unavailable(dir, `${file.path} has ${found.size} bytes, not the ${file.bytes} that were written.`);
  }
}

async function assertDigest(dir: string, file: Manifest['files'][number]): Promise<void> {
  const found = await describeFile(dir, file.path).catch((error: unknown) => {
    throw unavailable(dir, `${file.path} cannot be read.`, error);
  });
  if (found.sha256 !== file.sha256) throw unavailable(dir, `${file.path} was changed: its sha256 differs.`);
}

function unavailable(dir: string, why: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', `No usable model bundle at ${dir}: ${why}`, { cause });
}

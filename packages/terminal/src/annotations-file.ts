/** `annotations.json` in a folder of results: the data set of all photos in it. */
import { createWriteStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { outputKinds } from '@m2fp/contract';
import { joinDatasets, type JoinSummary, type PhotoOfSet } from '@m2fp/datasets/coco';
import { annotationsName } from './result-names.ts';
import { makeWhole } from './results.ts';

/** A photo of the folder. */
export interface PhotoInFolder {
  /** Where the photo is, or would be, in the folder. */
  readonly name: string;
  /** Where its results are. */
  readonly folder: string;
}

/**
 * Joins the photos' masks.json, in this order, and writes them whole or not at all. Those that cannot be read are left
 * out and counted.
 */
export async function writeAnnotations(
  outDir: string,
  photos: Iterable<PhotoInFolder>,
  signal: AbortSignal,
): Promise<JoinSummary> {
  const joined = joinDatasets(photosOf(outDir, photos));
  await makeWhole(join(outDir, annotationsName), (staging) =>
    pipeline(Readable.from(joined.chunks), createWriteStream(staging), { signal }),
  );
  return joined.summary();
}

async function* photosOf(outDir: string, photos: Iterable<PhotoInFolder>): AsyncGenerator<PhotoOfSet, void> {
  for (const { name, folder } of photos) {
    const path = join(outDir, folder, outputKinds.masks.file);
    yield await Promise.resolve({ name, read: (maxBytes: number) => readUpTo(path, maxBytes) });
  }
}

async function readUpTo(path: string, maxBytes: number): Promise<Uint8Array | 'too large' | undefined> {
  try {
    const { size } = await stat(path);
    return size > maxBytes ? 'too large' : await readFile(path);
  } catch {
    return undefined;
  }
}

/** Every file that is written here says so near its end. */
const ownWords = 'Human parsing of ';
const endBytes = 65_536;

/** Throws an Error if there is a file of this name that somebody else has made. */
export async function assertOwnAnnotations(outDir: string): Promise<void> {
  const path = join(outDir, annotationsName);
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) return;
  const file = await open(path);
  try {
    const start = Math.max(0, size - endBytes);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(endBytes), position: start });
    if (buffer.toString('utf8', 0, bytesRead).includes(ownWords)) return;
  } finally {
    await file.close();
  }
  throw new Error(`${path} is not a data set of results, and would be written over: name another folder with --out.`);
}

/** The results of a batch, as its `manifest.jsonl` lists them. */
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { AppError, commonFolder, photoLimits } from '@m2fp/contract';
import type { ParsedPhoto } from '@m2fp/datasets/export';
import { type PhotoToParse, ResultNames } from '@m2fp/terminal';
import { z } from 'zod';
import type { Bucket } from '../buckets/buckets.ts';
import { resultMaxBytes } from './results-on-disk.ts';

const manifestName = 'manifest.jsonl';
const lineMaxBytes = 64 * 1024;

const fileSchema = z.object({ output: z.string(), key: z.string() });
export type BatchFile = z.infer<typeof fileSchema>;

/** What is used of a line; see docs/batches.md. */
const lineSchema = z.object({
  key: z.string().min(1),
  job_id: z.string().nullish(),
  status: z.string(),
  files: z.array(fileSchema).optional(),
});
type Line = z.infer<typeof lineSchema>;

/** Where a batch and its results are. */
export interface BatchSource {
  /** From the start each time. */
  manifest(): Promise<AsyncIterable<Uint8Array>>;
  read(file: BatchFile, jobId: string): Promise<Uint8Array>;
  photo(key: string): Promise<Uint8Array>;
}

/** @param prefix the batch's output prefix, or the manifest's key */
export function batchInBucket(bucket: Bucket, prefix: string): BatchSource {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const manifest = prefix.endsWith(manifestName) ? prefix : `${folder}${manifestName}`;
  return {
    manifest: () => bucket.stream(manifest),
    read: ({ key }) => bucket.get(key, resultMaxBytes),
    photo: (key) => bucket.get(key, photoLimits.maxBytes),
  };
}

/**
 * The photos that were parsed, in the batch's order, called by their keys from the folder on that all have in common.
 * Throws what the source throws, and `invalid_request` if the manifest is none.
 * @param photos a folder with the photos under these names, if they are not to be read from the source
 */
export async function* resultsOfBatch(batch: BatchSource, photos?: string): AsyncGenerator<ParsedPhoto, void> {
  const folder = await folderOf(linesOf(await batch.manifest()));
  const names = new ResultNames();
  for await (const line of linesOf(await batch.manifest())) {
    if (line.status !== 'succeeded') continue;
    const name = line.key.slice(folder.length);
    const place = names.place({ path: line.key, name });
    yield photoOf(line, place, batch, photos === undefined ? undefined : join(photos, posix.join('/', name)));
  }
}

function photoOf(
  line: Line,
  { name, folder: stem }: PhotoToParse,
  batch: BatchSource,
  path: string | undefined,
): ParsedPhoto {
  const { key, files = [], job_id: jobId } = line;
  return {
    stem,
    ext: posix.extname(name),
    async read(output) {
      const file = files.find((made) => made.output === output);
      return file === undefined ? undefined : batch.read(file, jobId ?? '');
    },
    async photo() {
      if (path === undefined) return { bytes: await batch.photo(key) };
      if ((await stat(path).catch(() => undefined))?.isFile() === true) return { path };
      throw new AppError('input_not_found', `There is no photo ${path}.`);
    },
  };
}

async function folderOf(lines: AsyncIterable<Line>): Promise<string> {
  let folder: string | undefined;
  for await (const { key, status } of lines) if (status === 'succeeded') folder = commonFolder(folder, key);
  return folder ?? '';
}

async function* linesOf(manifest: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void> {
  let rest = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of manifest) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield lineOf(rest.subarray(0, end), ++number);
      rest = rest.subarray(end + 1);
    }
    if (rest.length > lineMaxBytes) throw noManifest(number + 1);
  }
  if (rest.length > 0) yield lineOf(rest, number + 1);
}

function lineOf(text: Buffer, number: number): Line {
  try {
    return lineSchema.parse(JSON.parse(text.toString()));
  } catch (cause) {
    throw noManifest(number, cause);
  }
}

function noManifest(line: number, cause?: unknown): AppError {
  return new AppError('invalid_request', `${manifestName} cannot be used: line ${line} is none of a batch's.`, {
    cause,
  });
}

/** The results of a batch in its bucket, as its `manifest.jsonl` lists them. */
import { AppError, photoLimits } from '@m2fp/contract';
import type { ParsedPhoto } from '@m2fp/datasets/export';
import { ResultNames } from '@m2fp/terminal';
import { posix } from 'node:path';
import { z } from 'zod';
import type { Bucket } from '../buckets/buckets.ts';
import { resultMaxBytes } from './results-on-disk.ts';

const manifestName = 'manifest.jsonl';
const lineMaxBytes = 64 * 1024;

/** What is used of a line; see docs/batches.md. */
const lineSchema = z.object({
  key: z.string().min(1),
  status: z.string(),
  files: z.array(z.object({ output: z.string(), key: z.string() })).optional(),
});
type Line = z.infer<typeof lineSchema>;

/**
 * The photos that were parsed, in the batch's order, called by their keys from the folder on that all have in common.
 * Photos are read from the same bucket. Throws `input_not_found` if there is no manifest, `invalid_request` if it is
 * none.
 * @param prefix the batch's output prefix, or the manifest's key
 */
export async function* resultsOfBatch(bucket: Bucket, prefix: string): AsyncGenerator<ParsedPhoto, void> {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const key = prefix.endsWith(manifestName) ? prefix : `${folder}${manifestName}`;
  const common = await commonFolder(linesOf(bucket, key));
  const names = new ResultNames();
  for await (const line of linesOf(bucket, key)) {
    if (line.status !== 'succeeded') continue;
    const { folder: stem } = names.place({ path: line.key, name: line.key.slice(common.length) });
    yield photoOf(line, stem, bucket);
  }
}

function photoOf({ key, files = [] }: Line, stem: string, bucket: Bucket): ParsedPhoto {
  return {
    stem,
    ext: posix.extname(key),
    async read(output) {
      const file = files.find((made) => made.output === output);
      return file === undefined ? undefined : bucket.get(file.key, resultMaxBytes);
    },
    photo: async () => ({ bytes: await bucket.get(key, photoLimits.maxBytes) }),
  };
}

/** With its slash. */
async function commonFolder(lines: AsyncIterable<Line>): Promise<string> {
  let common: string | undefined;
  for await (const { key, status } of lines) {
    if (status !== 'succeeded') continue;
    common ??= key.slice(0, key.lastIndexOf('/') + 1);
    while (!key.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  }
  return common ?? '';
}

async function* linesOf(bucket: Bucket, key: string): AsyncGenerator<Line, void> {
  let rest = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of await bucket.stream(key)) {
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

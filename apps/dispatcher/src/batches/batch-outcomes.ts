/** What became of a batch's photos, and the file in S3 that lists it: `manifest.jsonl`. */
import { batchJobId, readJobResult, shownKey, summarizeJob, type JobResult } from '@m2fp/contract';
import type { BatchRecord, Batches } from '@m2fp/queue/batches';
import { compact, expand, isCompact } from '@m2fp/queue/retention';
import type { ObjectStorage } from '@m2fp/storage';
import type { FinishedJob } from '../jobs/finished-jobs.ts';
import { photoPrefix } from './batch-photos.ts';

/** A line of the file: what became of one photo. */
export interface Outcome {
  readonly index: number;
  /** Or what may be shown of the photo's URL. */
  readonly key: string;
  /** Null if the batch was canceled before the photo's turn. */
  readonly job_id: string | null;
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly people?: number;
  readonly image?: JobResult['image'];
  readonly files?: JobResult['files'];
  readonly error?: { readonly code: string; readonly message: string };
}

const canceled = { code: 'canceled', message: 'The batch was canceled before this photo’s turn.' };

export function outcomeOf({ record, data }: FinishedJob, index: number): Outcome {
  const { status, error } = summarizeJob(record);
  const facts = { index, key: data.input.key, job_id: record.id };
  if (status === 'succeeded') {
    const { people, image, files } = readJobResult(record);
    return { ...facts, status, people, image, files };
  }
  return { ...facts, status: status === 'canceled' ? status : 'failed', ...(error === undefined ? {} : { error }) };
}

export function untouched(index: number, key: string): Outcome {
  return { index, key: shownKey(key), job_id: null, status: 'canceled', error: canceled };
}

/** What the manifest's writer does not know by itself, in as few bytes as possible: there may be 100,000 of them. */
type PackedOutcome = readonly [isTouched: boolean, Omit<Outcome, 'index' | 'key' | 'job_id'>];

/** As it is kept until the manifest has it. @param prefix of the photo's results */
export function packOutcome({ index: _index, key: _key, job_id: jobId, ...rest }: Outcome, prefix: string): Buffer {
  return compact([jobId !== null, rest] satisfies PackedOutcome, [prefix]);
}

/** An earlier version kept the line of the file. */
function unpackOutcome(
  kept: Buffer | null,
  batch: BatchRecord,
  { index, key }: { index: number; key: string },
): Outcome {
  if (kept === null) return untouched(index, key);
  if (!isCompact(kept)) return JSON.parse(kept.toString()) as Outcome;
  const [isTouched, rest] = expand(kept, [photoPrefix(batch, index)]) as PackedOutcome;
  return { index, key: shownKey(key), job_id: isTouched ? batchJobId(batch.id, index) : null, ...rest };
}

const pageSize = 500;
/** S3's own limit for one object is far above; no batch comes near. */
const maxBytes = 5 * 2 ** 30;

export function manifestKey({ spec }: BatchRecord): string {
  return `${spec.output.prefix}manifest.jsonl`;
}

/** JSON Lines in S3: one line per photo, by index. Read from Redis page by page and streamed to S3. */
export async function storeManifest(
  batch: BatchRecord,
  batches: Pick<Batches, 'inputs' | 'outcomes'>,
  storage: Pick<ObjectStorage, 'putStream'>,
  signal: AbortSignal,
): Promise<void> {
  const options = { contentType: 'application/x-ndjson', maxBytes, signal };
  await storage.putStream(manifestKey(batch), lines(batch, batches), options);
}

async function* lines(batch: BatchRecord, batches: Pick<Batches, 'inputs' | 'outcomes'>) {
  for await (const page of outcomePages(batch, batches)) {
    yield Buffer.from(page.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''));
  }
}

/** All photos of a batch that has no more to parse, by index. */
export async function* outcomePages(
  batch: BatchRecord,
  batches: Pick<Batches, 'inputs' | 'outcomes'>,
): AsyncGenerator<Outcome[], void> {
  const { id, total } = batch;
  for (let start = 0; start < total; start += pageSize) {
    const [keys, outcomes] = await Promise.all([
      batches.inputs(id, start, pageSize),
      batches.outcomes(id, start, pageSize),
    ]);
    yield keys.map((key, place) => unpackOutcome(outcomes[place] ?? null, batch, { index: start + place, key }));
  }
}

/** A job's hash in Redis, as BullMQ writes it and as it is packed once the job has ended. */
import { isFinal, withoutUrl, type JobRecord, type JobState } from '@m2fp/contract';
import { z } from 'zod';
import { compact, expand, expandText } from './compact.ts';

/** Of a packed hash: the first part of its content. Redis stores field names that are small numbers in two bytes. */
export const packedMark = '0';
/** Of a packed hash: the job was canceled. */
export const canceledMark = 'c';
/** Of a packed hash: nothing needs it any more, and its owner's ledger has it. */
export const releasedMark = 'e';

/** The fields of a job's hash in Redis. */
type JobHash = Readonly<Record<string, Buffer>>;

/** With longer values, and with more fields than that, Redis stores a hash in several times the space. */
const partBytes = 63;
const maxParts = 100;

const partName = /^\d+$/;

/** What nobody asks for once the job has ended. */
const dropped = ['requestId', 'traceparent'];

const urlInputSchema = z.looseObject({ url: z.string() });

const contentSchema = z.tuple([
  z.enum(['succeeded', 'failed']),
  /** Attempts started. */
  z.int(),
  z.unknown(),
  /** What the worker returned, or why the job failed. */
  z.unknown(),
]);

/**
 * Fields and values of the packed hash, and its size in bytes. It keeps BullMQ's `finishedOn` and `processedOn`, for
 * BullMQ's scripts and for statistics.
 */
export function packJob(
  record: JobRecord,
  { isCanceled }: { readonly isCanceled: boolean },
): { readonly fields: readonly (string | Buffer)[]; readonly bytes: number } {
  if (!isFinal(record)) throw new Error(`A job that is ${record.state} is not packed.`);
  const { id, state, attempts, data, startedAtMs, finishedAtMs, result, failure } = record;
  const end = state === 'succeeded' ? result : failure;
  const packed = compact([state, attempts, withoutDropped(data), end ?? null], [id]);
  const isSmall = packed.byteLength <= partBytes * maxParts;
  const parts = isSmall ? partsOf(packed) : [packed];
  const fields = [
    ...['finishedOn', String(finishedAtMs)],
    ...(startedAtMs === undefined ? [] : ['processedOn', String(startedAtMs)]),
    ...(isCanceled ? [canceledMark, '1'] : []),
    ...parts.flatMap((part, place) => [String(place), part]),
  ];
  return { fields, bytes: packed.byteLength };
}

function partsOf(packed: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < packed.byteLength; at += partBytes) parts.push(packed.subarray(at, at + partBytes));
  return parts;
}

function withoutDropped(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const kept = Object.fromEntries(Object.entries(data).filter(([name]) => !dropped.includes(name)));
  // What a presigned URL grants is not needed any more either.
  const input = urlInputSchema.safeParse(kept['input']);
  return input.success ? withoutUrl({ ...kept, input: input.data }) : kept;
}

type JobPlace = Pick<JobRecord, 'id' | 'model'>;

/** The record of a job. @param state where BullMQ has the job; a packed one says itself how it ended */
export function recordFrom(place: JobPlace, hash: JobHash, state: JobState): JobRecord {
  return hash[packedMark] === undefined ? plain(place, hash, state) : unpacked(place, hash);
}

function unpacked(place: JobPlace, hash: JobHash): JobRecord {
  const names = Object.keys(hash)
    .filter((name) => partName.test(name))
    .sort((a, b) => Number(a) - Number(b));
  const packed = Buffer.concat(names.map((name) => hash[name] ?? Buffer.of()));
  const [state, attempts, data, end] = contentSchema.parse(expand(packed, [place.id]));
  return {
    ...place,
    state,
    data,
    progress: undefined,
    attempts,
    startedAtMs: numberIn(hash, 'processedOn'),
    finishedAtMs: numberIn(hash, 'finishedOn'),
    result: state === 'succeeded' ? end : undefined,
    failure: state === 'failed' && typeof end === 'string' ? end : undefined,
  };
}

/** As BullMQ writes it. */
function plain(place: JobPlace, hash: JobHash, state: JobState): JobRecord {
  const text = (name: string): string | undefined => hash[name]?.toString();
  const json = (name: string): unknown => {
    const value = text(name);
    return value === undefined ? undefined : (JSON.parse(value) as unknown);
  };
  return {
    ...place,
    state,
    data: json('data'),
    progress: json('progress'),
    attempts: numberIn(hash, 'ats') ?? 0,
    startedAtMs: numberIn(hash, 'processedOn'),
    finishedAtMs: numberIn(hash, 'finishedOn'),
    // A failed attempt leaves its reason behind even if a later one succeeded.
    result: state === 'succeeded' ? readResult(json('returnvalue')) : undefined,
    failure: state === 'failed' ? text('failedReason') : undefined,
  };
}

/** A worker returns its result as `compactText` makes it: the event that tells of it stays in Redis for a while. */
export function readResult(returned: unknown): unknown {
  return typeof returned === 'string' ? expandText(returned) : returned;
}

function numberIn(hash: JobHash, name: string): number | undefined {
  const value = hash[name];
  return value === undefined ? undefined : Number(value.toString());
}

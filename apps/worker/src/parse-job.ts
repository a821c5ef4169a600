import {
  AppError,
  cancelMessages,
  nameOfInput,
  type CancelReason,
  type JobData,
  type JobProgress,
  type JobResult,
  type OutputName,
  type Timings,
} from '@m2fp/contract';
import type { ParsedPhoto, ParseProgress, ParserPool } from '@m2fp/core/process';
import type { FetchSettings } from './fetch-url.ts';
import { removeResults, withinTime, type ObjectStorage } from '@m2fp/storage';

export interface ParseJobParts {
  readonly storage: Pick<ObjectStorage, 'get' | 'put' | 'remove'>;
  readonly pool: Pick<ParserPool, 'parse'>;
  readonly limits: { readonly maxImageBytes: number; readonly s3TimeoutMs: number; readonly jobTimeoutMs: number };
  /** How photos are fetched that come from a URL; without rules, none is. */
  readonly inputUrls: { readonly rules: FetchSettings['rules'] | undefined; readonly timeoutMs: number };
}

/**
 * Why a running job is stopped, as the abort signal's reason: a `CancelReason`, so that it fails with code `canceled`;
 * `handed-back` by a worker that stops, so that another takes it; `lock-lost` because another worker already has it.
 */
export type StopReason = CancelReason | 'handed-back' | 'lock-lost';

/** Undefined if the job is not stopped, or continues elsewhere. */
export function cancelReasonOfSignal({ reason }: AbortSignal): CancelReason | undefined {
  return typeof reason === 'string' && Object.hasOwn(cancelMessages, reason) ? (reason as CancelReason) : undefined;
}

export interface ParseJobCall {
  /** Stops the job, with a `StopReason`: its process is killed. If it is canceled, whatever it stored is removed. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
}

/** Written after all others: if a job asks for it, its presence means that the whole set is there. */
const last: OutputName = 'masks';

/**
 * One attempt at one job: S3, or the photo's URL → parser process → S3. Keys and bytes depend on the job alone, so an
 * attempt that follows another, or overlaps with it, writes the same objects again. Throws `input_not_found`,
 * `image_too_large`, `storage_unavailable`, `canceled`, what `fetchUrl` throws and what the pool throws.
 */
export async function runParseJob(data: JobData, parts: ParseJobParts, call: ParseJobCall): Promise<JobResult> {
  try {
    return await attempt(data, parts, call);
  } catch (error) {
    if (cancelReasonOfSignal(call.signal) === undefined) throw error;
    // A failed attempt is followed by one that overwrites its files; a canceled one is not. If the removal fails,
    // another attempt repeats it: the job's flag is still set.
    await removeResults(data, parts.storage, parts.limits.s3TimeoutMs);
    throw calledOff(call.signal);
  }
}

async function attempt(data: JobData, parts: ParseJobParts, call: ParseJobCall): Promise<JobResult> {
  const { signal, onProgress } = call;
  const timings: Timings = {};
  const timed = async <T>(stage: string, work: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work;
    timings[stage] = performance.now() - startedAt;
    return result;
  };

  const bytes = await timed('fetch', fetchPhoto(data.input, parts, signal));
  onProgress({ stage: 'fetched', percent: parsing.from });
  const named = { bytes, name: nameOfInput(data.input) };
  const photo = await parts.pool.parse(named, data.options, {
    ...{ timeoutMs: parts.limits.jobTimeoutMs, signal },
    onProgress: (progress) => onProgress(jobProgressOf(progress)),
  });
  onProgress({ stage: 'parsed', percent: parsing.to });
  const files = filesOf(photo, data.output.prefix);
  await timed('store', store(files, parts, signal));
  onProgress({ stage: 'stored', percent: 100 });
  return {
    v: 1,
    ...photo.summary,
    files: files.map(({ output, person, key, contentType, bytes: body }) => ({
      output,
      ...(person !== undefined && { person }),
      key,
      content_type: contentType,
      bytes: body.byteLength,
    })),
    timings: rounded({ ...photo.timings, ...timings }),
  };
}

/** Which part of a job parsing is, percent; the rest is to fetch the photo and to store the results. */
const parsing = { from: 10, to: 90 };

function jobProgressOf({ stage, percent, ...heads }: ParseProgress): JobProgress {
  const { from, to } = parsing;
  return { stage: stage ?? 'fetched', percent: Math.round(10 * (from + ((to - from) * percent) / 100)) / 10, ...heads };
}

/** To 0.1 ms: nobody reads more, and each digit is kept with the job. */
function rounded(timings: Timings): Timings {
  return Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10]));
}

type ResultFile = ParsedPhoto['files'][number] & { readonly key: string };

function filesOf(photo: ParsedPhoto, prefix: string): ResultFile[] {
  return photo.files.map((file) => ({ ...file, key: `${prefix}${file.name}` }));
}

function fetchPhoto({ key, url }: JobData['input'], parts: ParseJobParts, signal: AbortSignal): Promise<Uint8Array> {
  const { storage, limits } = parts;
  const { maxImageBytes: maxBytes, s3TimeoutMs } = limits;
  if (url !== undefined) return orCalledOff(signal, fetchFromUrl(url, parts, signal));
  return orCalledOff(
    signal,
    withinTime(s3TimeoutMs, (within) => storage.get(key, { maxBytes, signal: within }), signal),
  );
}

async function fetchFromUrl(url: string, { inputUrls, limits }: ParseJobParts, signal: AbortSignal) {
  const { rules, timeoutMs } = inputUrls;
  if (rules === undefined) throw new AppError('input_denied', 'This service fetches no photos by their URL.');
  // Not loaded before it is needed.
  const { fetchUrl } = await import('./fetch-url.ts');
  return fetchUrl(url, { rules, timeoutMs, maxBytes: limits.maxImageBytes }, signal);
}

async function store(files: readonly ResultFile[], { storage, limits }: ParseJobParts, signal: AbortSignal) {
  const put = ({ key, bytes, contentType }: ResultFile): Promise<void> =>
    orCalledOff(
      signal,
      withinTime(limits.s3TimeoutMs, (within) => storage.put(key, bytes, { contentType, signal: within }), signal),
    );
  await allDone(files.filter(({ output }) => output !== last).map(put));
  await allDone(files.filter(({ output }) => output === last).map(put));
  if (signal.aborted) throw calledOff(signal);
}

/** Waits for all before it throws: a put that is still in flight would undo a removal. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Whatever storage throws once the job is called off, the job was canceled. */
async function orCalledOff<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw signal.aborted ? calledOff(signal) : error;
  }
}

function calledOff(signal: AbortSignal): AppError {
  const message = cancelMessages[cancelReasonOfSignal(signal) ?? 'canceled'];
  return new AppError('canceled', message, { cause: signal.reason });
}

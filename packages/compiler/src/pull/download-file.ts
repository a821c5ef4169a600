import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { formatBytes } from './format-bytes.ts';
import { PartFile } from './part-file.ts';
import type { ExpectedFile } from './published-files.ts';
import { pullError, TransferCut } from './pull-error.ts';
import { transfer, type TransferContext } from './transfer.ts';

export interface DownloadJob extends TransferContext {
  /** Where the file shall be. It appears there whole and checked, or not at all. */
  readonly target: string;
  readonly retry: RetrySettings;
}

export interface RetrySettings {
  /** Tries in a row that bring no byte further. */
  maxFruitless: number;
  /** Before the first retry; doubled for each one that brings nothing. */
  delayMs: number;
}

export interface DownloadedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What the file was held against, in words. */
  readonly check: string;
  /** True where the sha256 was known from somewhere else and is the same. */
  readonly hashChecked: boolean;
  /** Bytes that were there before; all of them where nothing had to be fetched. */
  readonly resumedBytes: number;
}

/**
 * Fetches a file, going on from what an earlier try left behind, and checks it. Throws `model_unavailable` where it
 * cannot be had or is not the one expected; `target` is then as it was before.
 */
export async function downloadFile(job: DownloadJob): Promise<DownloadedFile> {
  const existing = await checkExisting(job);
  if (existing !== undefined) return existing;
  const part = await PartFile.open(job.target, job.url);
  try {
    const resumedBytes = part.size;
    const checked = await fetchAndCheck(job, part);
    await part.finish();
    return { ...checked, path: job.target, resumedBytes };
  } finally {
    await part.close();
  }
}

type Checked = Pick<DownloadedFile, 'bytes' | 'sha256' | 'check' | 'hashChecked'>;

/** A resumed file with a wrong hash is fetched once more from the start: its two halves may be of two files. */
async function fetchAndCheck(job: DownloadJob, part: PartFile): Promise<Checked> {
  for (let resumed = part.size > 0; ; resumed = false) {
    const stated = await fetchWhole(job, part);
    const expected = withStatedHash(job.expected, stated);
    const sha256 = await sha256Of(part.path, job.signal);
    if (expected?.sha256 === undefined || sha256 === expected.sha256) return describeCheck(part.size, sha256, expected);
    await part.discard();
    const mismatch = `its sha256 is ${sha256}, but ${expected.sha256} was ${expected.statedBy}`;
    if (!resumed)
      throw pullError(`${job.url} was fetched whole and is not the expected file: ${mismatch}. It was deleted.`);
    job.onNote(`After resuming, ${mismatch}: starting again.`);
  }
}

async function fetchWhole(job: DownloadJob, part: PartFile): ReturnType<typeof transfer> {
  let furthest = part.size;
  let fruitless = 0;
  for (;;) {
    try {
      return await transfer(job, part);
    } catch (error) {
      if (!(error instanceof TransferCut)) throw error;
      fruitless = part.size > furthest ? 0 : fruitless + 1;
      furthest = Math.max(furthest, part.size);
      if (fruitless > job.retry.maxFruitless) throw brokeOff(job, part, error);
      job.onNote(`Broke off at ${formatBytes(part.size)}: ${error.message}. Trying again.`);
      await delay(job.retry.delayMs * 2 ** fruitless, undefined, { signal: job.signal });
    }
  }
}

function brokeOff({ url }: DownloadJob, part: PartFile, error: TransferCut): Error {
  const kept =
    part.size === 0 ? '' : ` ${formatBytes(part.size)} are kept in ${part.path}: the same command goes on from there.`;
  return pullError(`${url} could not be fetched: ${error.message}.${kept}`, error);
}

function withStatedHash(
  expected: ExpectedFile | undefined,
  stated: Awaited<ReturnType<typeof transfer>>,
): ExpectedFile | undefined {
  if (expected?.sha256 !== undefined || stated === undefined) return expected;
  return { ...expected, sha256: stated.value, statedBy: `stated by the server (${stated.header})` };
}

/** The file that is there already, if it can be told that it is the right one. */
async function checkExisting({
  target,
  expected,
  signal,
  onProgress,
}: DownloadJob): Promise<DownloadedFile | undefined> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isFile() !== true || expected === undefined) return undefined;
  if (expected.bytes !== undefined && expected.bytes !== found.size) return undefined;
  const sha256 = await sha256Of(target, signal);
  if (expected.sha256 !== undefined && expected.sha256 !== sha256) return undefined;
  onProgress(found.size, found.size);
  return { ...describeCheck(found.size, sha256, expected), path: target, resumedBytes: found.size };
}

function describeCheck(bytes: number, sha256: string, expected: ExpectedFile | undefined): Checked {
  const facts = { bytes, sha256, hashChecked: expected?.sha256 !== undefined };
  if (expected === undefined || (expected.sha256 === undefined && expected.bytes === undefined))
    return { ...facts, check: 'it has the size that the server announced; no sha256 to compare with was to be had' };
  const { statedBy } = expected;
  if (expected.sha256 === undefined)
    return { ...facts, check: `its size is the one ${statedBy}; no sha256 to compare with was to be had` };
  if (expected.bytes === undefined) return { ...facts, check: `its sha256 is the one ${statedBy}` };
  return { ...facts, check: `its size and sha256 are those ${statedBy}` };
}

async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal });
  return hash.digest('hex');
}

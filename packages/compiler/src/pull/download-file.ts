import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { PartFile } from './part-file.ts';
import type { ExpectedFile } from './published-files.ts';
import { formatBytes, pullError, TransferCut } from './pull-error.ts';
import { transfer, type TransferContext } from './transfer.ts';

export interface DownloadJob extends TransferContext {
  /** Where to put the file. It appears there whole and checked, or not at all. */
  readonly target: string;
  readonly retry: RetrySettings;
}

export interface RetrySettings {
  /** Consecutive tries that bring no new bytes. */
  maxFruitless: number;
  /** Before the first retry; doubled after each try that brings nothing. */
  delayMs: number;
}

export interface DownloadedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What the file was checked against, in words. */
  readonly check: string;
  /** True if the sha256 was known from elsewhere and matches. */
  readonly hashChecked: boolean;
  /** Bytes that were already there; all of them if nothing had to be fetched. */
  readonly resumedBytes: number;
}

/**
 * Fetches a file, resuming what an earlier try left behind, and checks it. Throws `model_unavailable` if it cannot be
 * fetched or is not the expected file; `target` is then as it was before.
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

/** A resumed file with a wrong hash is fetched once more from the start: its halves may be from two different files. */
async function fetchAndCheck(job: DownloadJob, part: PartFile): Promise<Checked> {
  for (let resumed = part.size > 0; ; resumed = false) {
    const stated = await fetchWhole(job, part);
    const expected = withStatedHash(job.expected, stated);
    const sha256 = await sha256Of(part.path, job.signal);
    if (expected?.sha256 === undefined || sha256 === expected.sha256) return describeCheck(part.size, sha256, expected);
    await part.discard();
    const mismatch = `its sha256 is ${sha256}, but ${expected.sha256} was ${expected.statedBy}`;
    if (!resumed) {
      throw pullError(`${job.url} was fetched whole and is not the expected file: ${mismatch}. It was deleted.`);
    }
    job.onNote(`After resuming, ${mismatch}: starting over.`);
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
      if (fruitless > job.retry.maxFruitless) throw gaveUp(job, part, error);
      job.onNote(`Interrupted at ${formatBytes(part.size)}: ${error.message}. Trying again.`);
      await delay(job.retry.delayMs * 2 ** fruitless, undefined, { signal: job.signal });
    }
  }
}

function gaveUp({ url }: DownloadJob, part: PartFile, error: TransferCut): Error {
  const kept =
    part.size === 0 ? '' : ` ${formatBytes(part.size)} are kept in ${part.path}: the same command resumes from there.`;
  return pullError(`${url} could not be fetched: ${error.message}.${kept}`, error);
}

function withStatedHash(
  expected: ExpectedFile | undefined,
  stated: Awaited<ReturnType<typeof transfer>>,
): ExpectedFile | undefined {
  if (expected?.sha256 !== undefined || stated === undefined) return expected;
  return { ...expected, sha256: stated.value, statedBy: `stated by the server (${stated.header})` };
}

/** The file that is already there, if it is known to be the right one. */
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

const noHash = 'there was no sha256 to compare with';

function describeCheck(bytes: number, sha256: string, expected: ExpectedFile | undefined): Checked {
  const facts = { bytes, sha256, hashChecked: expected?.sha256 !== undefined };
  if (expected === undefined || (expected.sha256 === undefined && expected.bytes === undefined)) {
    return { ...facts, check: `it has the size that the server announced; ${noHash}` };
  }
  const { statedBy } = expected;
  if (expected.sha256 === undefined) return { ...facts, check: `its size is the one ${statedBy}; ${noHash}` };
  if (expected.bytes === undefined) return { ...facts, check: `its sha256 is the one ${statedBy}` };
  return { ...facts, check: `its size and sha256 are those ${statedBy}` };
}

async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal });
  return hash.digest('hex');
}

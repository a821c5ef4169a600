/** Fetching a published checkpoint: resumable, checked, all or nothing. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishedModel } from '@m2fp/core/bundles';
import { configurationFileName, weightsFileName } from '../checkpoint/checkpoint.ts';
import { downloadFile, type DownloadedFile, type RetrySettings } from './download-file.ts';
import { createHttp, type Http, type HttpSettings } from './http.ts';
import { type FreeBytes, freeBytesOf } from './part-file.ts';
import { type ExpectedFile, fetchListing, listingUrl, mirrorFileUrl, publishedFileUrl } from './published-files.ts';
import { pullError } from './pull-error.ts';

export interface PullOptions {
  readonly model: PublishedModel;
  /** Gets `pytorch_model.pt` and `configuration.json`. */
  readonly dir: string;
  /** Where to fetch from instead of ModelScope; see `mirrorFileUrl` for its forms. */
  readonly url?: string | undefined;
  /** `url` is the weights' own and there is no `configuration.json`: it is someone else's checkpoint. */
  readonly weightsOnly?: boolean | undefined;
  /** What the weights have to be: 64 hexadecimal digits. Takes precedence over what a server says. */
  readonly sha256?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (file: string, doneBytes: number, totalBytes: number | undefined) => void;
  readonly onNote?: (note: string) => void;
  readonly http?: Partial<HttpSettings>;
  readonly retry?: RetrySettings;
  readonly freeBytes?: FreeBytes;
}

const defaultRetry: RetrySettings = { maxFruitless: 4, delayMs: 500 };

/**
 * Fetches a checkpoint's two files into a folder, each whole and checked or not at all; resumes what was fetched
 * before. Throws `model_unavailable` with what to do about it.
 */
export async function pullModel(options: PullOptions): Promise<DownloadedFile[]> {
  const http = createHttp(options.http);
  try {
    return await withPullLock(options.dir, () => pullFiles(options, http));
  } finally {
    await http.close();
  }
}

async function pullFiles(options: PullOptions, http: Http): Promise<DownloadedFile[]> {
  const listing = await readListing(options, http);
  const downloaded: DownloadedFile[] = [];
  // The small file first: a wrong URL or a broken network shows right away.
  const files = options.weightsOnly === true ? [weightsFileName] : [configurationFileName, weightsFileName];
  for (const file of files) {
    downloaded.push(
      await downloadFile({
        http,
        url: fileUrl(options, file),
        target: join(options.dir, file),
        expected: expectedFile(options, file, listing.get(file)),
        freeBytes: options.freeBytes ?? freeBytesOf,
        retry: options.retry ?? defaultRetry,
        signal: options.signal,
        onProgress: (done, total) => options.onProgress?.(file, done, total),
        onNote: (note) => options.onNote?.(note),
      }),
    );
  }
  return downloaded;
}

async function readListing(options: PullOptions, http: Http): Promise<ReadonlyMap<string, ExpectedFile>> {
  const url = listingUrl(fileUrl(options, weightsFileName));
  if (url === undefined || options.weightsOnly === true) return new Map();
  const listing = await fetchListing(http, url, options.signal);
  if (typeof listing !== 'string') return listing;
  options.onNote?.(`No published sizes and hashes to check against: ${url} could not be read (${listing}).`);
  return new Map();
}

function expectedFile(
  { sha256 }: PullOptions,
  file: string,
  published: ExpectedFile | undefined,
): ExpectedFile | undefined {
  if (file !== weightsFileName || sha256 === undefined) return published;
  // A user who gives a hash knows better than the server, about the size too.
  return { sha256: sha256.toLowerCase(), statedBy: 'given by you' };
}

function fileUrl({ url, model, weightsOnly }: PullOptions, file: string): string {
  if (url !== undefined && weightsOnly === true) return url;
  return url === undefined ? publishedFileUrl(model, file) : mirrorFileUrl(url, file);
}

/** Runs `work` while no other process pulls into the same folder. The lock of a killed process is taken over. */
async function withPullLock<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const path = join(dir, '.pull.lock');
  await mkdir(dir, { recursive: true });
  await takeLock(path, dir);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string, dir: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeFile(path, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = await readHolder(path);
    if (attempt > 1 || isRunning(holder)) {
      throw pullError(`Another process (${holder}) is pulling into ${dir}. If it is not, delete ${path}.`);
    }
    await rm(path, { force: true });
  }
}

/** The process that a lock names; NaN for none. A lock that was just created is empty until its holder writes it. */
async function readHolder(path: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const text = await readFile(path, 'utf8').catch(() => 'gone');
    if (text !== '' || attempt === 10) return Number(text === '' ? NaN : text);
    await delay(20);
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Not permitted to signal it, so it exists.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

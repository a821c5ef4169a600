import { join } from 'node:path';
import { configurationFileName, weightsFileName } from '../checkpoint/checkpoint.ts';
import { downloadFile, type DownloadedFile, type RetrySettings } from './download-file.ts';
import { listingUrl, mirrorFileUrl, publishedFileUrl } from './file-urls.ts';
import { freeBytesOf, type FreeBytes } from './free-space.ts';
import { createHttp, type Http, type HttpSettings } from './http.ts';
import { fetchListing, type ExpectedFile } from './published-files.ts';
import type { PublishedModel } from './published-models.ts';
import { withPullLock } from './pull-lock.ts';

export interface PullOptions {
  readonly model: PublishedModel;
  /** Gets `pytorch_model.pt` and `configuration.json`. */
  readonly dir: string;
  /** Where to fetch from in ModelScope's place; see `mirrorFileUrl` for its forms. */
  readonly url?: string | undefined;
  /** What the weights have to be: 64 hexadecimal digits. Goes before what a server says. */
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
 * Fetches a checkpoint's two files into a folder, each whole and checked or not at all; what was fetched before is
 * kept and gone on from. Throws `model_unavailable` with what to do about it.
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
  // The small file first: what is wrong with an address or a network shows at once.
  for (const file of [configurationFileName, weightsFileName]) {
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
  if (url === undefined) return new Map();
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
  // Whoever gives a hash knows better than the server, of the size as well.
  return { sha256: sha256.toLowerCase(), statedBy: 'given by you' };
}

function fileUrl({ url, model }: PullOptions, file: string): string {
  return url === undefined ? publishedFileUrl(model, file) : mirrorFileUrl(url, file);
}

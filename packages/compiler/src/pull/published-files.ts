/** Where a model's files are, and what is known about them before they are fetched. */
import { z } from 'zod';
import type { PublishedModel } from '@m2fp/core/bundles';
import type { Http } from './http.ts';
import { reasonOf } from './pull-error.ts';

const modelScope = 'https://modelscope.cn';

/** The URL of a file of a published model. */
export function publishedFileUrl({ repository, revision }: PublishedModel, file: string): string {
  const url = new URL(`/api/v1/models/${repository}/repo`, modelScope);
  url.search = new URLSearchParams({ Revision: revision, FilePath: file }).toString();
  return url.href;
}

/**
 * The URL of a file under a URL that a user gave:
 *
 * - `{file}` in it is replaced;
 * - in ModelScope's form, `FilePath` is set;
 * - if it ends with `.pt`, `.pth`, `.pkl` or `.json`, it is the URL of that file, and other files are next to it;
 * - anything else is a folder.
 */
export function mirrorFileUrl(base: string, file: string): string {
  if (base.includes('{file}')) return new URL(base.replaceAll('{file}', encodeURIComponent(file))).href;
  const url = new URL(base);
  if (url.searchParams.has('FilePath')) {
    url.searchParams.set('FilePath', file);
    return url.href;
  }
  const extension = /\.(pth?|pkl|json)$/.exec(url.pathname)?.[0];
  if (extension === undefined) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${file}`;
  } else if ((extension === '.json') !== file.endsWith('.json')) {
    url.pathname = `${url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1)}${file}`;
  }
  return url.href;
}

/**
 * Where a server like ModelScope lists the files of a repository with their sizes and hashes; undefined for a URL of
 * any other form.
 */
export function listingUrl(fileUrl: string): string | undefined {
  const url = new URL(fileUrl);
  if (!/^\/api\/v1\/models\/[^/]+\/[^/]+\/repo$/.test(url.pathname)) return undefined;
  const revision = url.searchParams.get('Revision') ?? 'master';
  url.pathname += '/files';
  url.search = new URLSearchParams({ Revision: revision, Recursive: 'true' }).toString();
  return url.href;
}

/** What is known about a file before it is fetched. */
export interface ExpectedFile {
  bytes?: number | undefined;
  /** 64 hexadecimal digits. */
  sha256?: string | undefined;
  /** Where that comes from, for messages: `published by HOST`. */
  statedBy: string;
}

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/i);

/** The part of ModelScope's answer that is used: its own client checks files against the same two fields. */
const listingSchema = z.object({
  Data: z.object({
    Files: z.array(
      z.object({ Path: z.string(), Size: z.int().nonnegative(), Sha256: sha256Schema.optional().catch(undefined) }),
    ),
  }),
});

const maxListingBytes = 2 ** 20;

/**
 * Sizes and hashes by path. If the listing cannot be fetched or read, the reason in words: files can be fetched without
 * it, but the user should know that they were not checked against it.
 */
export async function fetchListing(
  http: Http,
  url: string,
  signal?: AbortSignal,
): Promise<Map<string, ExpectedFile> | string> {
  try {
    const response = await http.get(url, { accept: 'application/json' }, signal);
    if (response.status !== 200) {
      response.discard();
      return `the server answers ${response.status}`;
    }
    const { Data } = listingSchema.parse(JSON.parse(await readText(response.body)));
    const statedBy = `published by ${new URL(url).host}`;
    return new Map(
      Data.Files.map(({ Path, Size, Sha256 }) => [Path, { bytes: Size, sha256: Sha256?.toLowerCase(), statedBy }]),
    );
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof z.ZodError || error instanceof SyntaxError ? 'its form is not known' : reasonOf(error);
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxListingBytes) throw new Error(`it is longer than ${maxListingBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

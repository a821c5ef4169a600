/** A job's file as an answer: what it is called, how long a browser may keep it, and when it need not be sent again. */
import { AppError, detectFormat, nameOfInput } from '@m2fp/contract';
import type { JobData, JobResult } from '@m2fp/contract';
import { dispositionOf } from '@m2fp/storage';
import type { ObjectFacts } from '@m2fp/storage';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';
import { matchesTag, usableTag } from '../http/entity-tags.ts';
import { openFile, readingFile } from './result-file.ts';

type FileDeps = Pick<ApiDeps, 'storage' | 'settings' | 'shares' | 'keyChanges'>;

export interface SentFile {
  readonly key: string;
  /** What it is saved as. */
  readonly name: string;
  readonly contentType: string;
}

/** A file is shown at most: nothing in it runs, and it loads nothing, should a browser open it as a page. */
const filePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

/**
 * What all files are sent with. Whoever has it may keep it, but asks again each time whether it may still be read.
 * Without a tag there is nothing to ask with.
 */
function headersOf({ name }: Pick<SentFile, 'name'>, etag: string | undefined): Record<string, string> {
  return {
    'content-disposition': dispositionOf('inline', name),
    'content-security-policy': filePolicy,
    ...(etag !== undefined && { etag, 'cache-control': 'private, no-cache' }),
  };
}

/**
 * Sends a result file, or 304 if the client has it already. Throws `expired`, `storage_unavailable`, `rate_limited` and
 * `overloaded`.
 */
export async function sendFile(context: Context<ApiEnv>, file: SentFile, deps: FileDeps): Promise<Response> {
  const isHead = context.req.method === 'HEAD';
  if (isHead || context.req.header('if-none-match') !== undefined) {
    const { bytes, etag } = await factsOf(file.key, deps);
    const headers = headersOf(file, etag);
    if (matchesTag(context.req.header('if-none-match'), etag)) return context.body(null, 304, headers);
    const described = { ...headers, 'content-type': file.contentType, 'content-length': `${bytes}` };
    if (isHead) return context.body(null, 200, described);
  }
  const { bytes, etag, body } = await openFile(file.key, context, deps);
  const headers = { ...headersOf(file, usableTag(etag)), 'content-type': file.contentType };
  return context.body(body, 200, { ...headers, 'content-length': `${bytes}` });
}

/**
 * Sends the photo that a job parsed; its type is what its first bytes say. Throws what `sendFile` throws,
 * `image_too_large`, `unsupported_format` and `image_unreadable`.
 */
export async function sendPhoto(
  context: Context<ApiEnv>,
  photo: Omit<SentFile, 'contentType'>,
  deps: FileDeps,
): Promise<Response> {
  const sentTag = context.req.header('if-none-match');
  if (sentTag !== undefined) {
    const { etag } = await factsOf(photo.key, deps);
    if (matchesTag(sentTag, etag)) return context.body(null, 304, headersOf(photo, etag));
  }
  const { maxImageBytes } = deps.settings;
  let contentType = '';
  const { bytes, etag, body } = await openFile(photo.key, context, deps, (head, size) => {
    // There may be another object at the key by now.
    if (size > maxImageBytes) throw new AppError('image_too_large', `The photo has more than ${maxImageBytes} bytes.`);
    contentType = `image/${detectFormat(head)}`;
  });
  const headers = { ...headersOf(photo, usableTag(etag)), 'content-type': contentType, 'content-length': `${bytes}` };
  if (context.req.method !== 'HEAD') return context.body(body, 200, headers);
  await body.cancel();
  return context.body(null, 200, headers);
}

/** What a result is saved as: `cat-masks.json` for `cat.jpg`, `cat-people-1.png` for the first person's. */
export function savedAs({ key, output, person }: JobResult['files'][number], { input }: JobData): string {
  const stem = (nameOfInput(input) ?? 'photo').replace(/\.[^.]{1,8}$/, '');
  return [stem, ...(person === undefined ? [] : [output]), key.slice(key.lastIndexOf('/') + 1)].join('-');
}

async function factsOf(key: string, { storage, settings }: Pick<FileDeps, 'storage' | 'settings'>) {
  const read = (signal: AbortSignal): Promise<ObjectFacts | undefined> => storage.head(key, { signal });
  const facts = await readingFile(settings.storageTimeoutMs, read);
  if (facts === undefined) throw new AppError('expired', 'The file is no longer kept.');
  return { bytes: facts.bytes, etag: usableTag(facts.etag) };
}

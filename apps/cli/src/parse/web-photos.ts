/** Photos at `http:` and `https:` addresses. */
import { STATUS_CODES } from 'node:http';
import type { Http, HttpResponse } from '@m2fp/compiler/http';
import { AppError, detectFormat, photoLimits, photoNameOf } from '@m2fp/contract';

/** For all of it: the connection, redirects, and the photo. */
const fetchTimeoutMs = 60_000;

export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** How it is called, and shown: what is behind a question mark may be a secret. */
export interface WebAddress {
  readonly url: URL;
  readonly shown: string;
  readonly name: string;
}

/** Throws `input_not_found`, `input_denied`. */
export function parseWebAddress(text: string): WebAddress {
  const url = URL.parse(text);
  if (url === null) throw new AppError('input_not_found', 'This is not an address that a photo could be at.');
  if (url.username !== '' || url.password !== '') {
    const remedy = 'get the photo with curl, and pipe it into "m2fp parse -"';
    throw new AppError('input_denied', `A name and a password in an address are not taken: ${remedy}.`);
  }
  const shown = `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
  return { url, shown, name: photoNameOf(decoded(url.pathname)) ?? url.hostname };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Fetches photos, each within a time and a size. Proxies are those of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export class WebPhotos {
  readonly #signal: AbortSignal;
  #http: Promise<Http> | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Throws `input_not_found`, `input_denied`, `image_too_large`, `image_unreadable` …, and `storage_unavailable`. */
  async read({ url }: WebAddress): Promise<Uint8Array> {
    this.#http ??= import('@m2fp/compiler/http').then(({ createHttp }) => createHttp());
    const http = await this.#http;
    const late = AbortSignal.timeout(fetchTimeoutMs);
    try {
      const signal = AbortSignal.any([this.#signal, late]);
      const response = await http.get(url.href, { 'user-agent': 'm2fp' }, signal);
      return await readBody(response);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof AppError && error.code !== 'model_unavailable') throw error;
      const reason = late.aborted
        ? `it took longer than ${fetchTimeoutMs / 1_000} s`
        : withoutQueries((error as Error).message);
      throw new AppError('storage_unavailable', `It cannot be fetched: ${withoutPeriod(reason)}.`, {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    await (await this.#http)?.close();
  }
}

/** What an address has behind its path, or before its host, may be a secret. */
function withoutQueries(message: string): string {
  return message.replaceAll(/\b([a-z]+:\/\/)(?:[^\s/?#@]*@)?([^\s?#]*)[?#]\S*/gi, '$1$2');
}

async function readBody(response: HttpResponse): Promise<Uint8Array> {
  const { status } = response;
  if (status !== 200) {
    response.discard();
    throw new AppError(codeOf(status), `The server answers ${status}${inWords(status)} instead of a photo.`);
  }
  const bytes = await readUpTo(photoLimits.maxBytes, response);
  try {
    detectFormat(bytes);
  } catch (error) {
    const type = response.header('content-type')?.split(';')[0];
    if (!(error instanceof AppError) || type === undefined) throw error;
    throw new AppError(error.code, `The server sent ${type}. ${error.message}`);
  }
  return bytes;
}

async function readUpTo(maxBytes: number, response: HttpResponse): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = Number(response.header('content-length') ?? 0);
  if (size <= maxBytes) {
    size = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) break;
    }
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  response.discard();
  throw new AppError('image_too_large', `It has more than ${maxBytes} bytes: no more are allowed for a photo.`);
}

/** Only what another attempt may change is the server's fault. */
function codeOf(status: number): 'input_denied' | 'input_not_found' | 'storage_unavailable' {
  if (status === 401 || status === 403) return 'input_denied';
  return status === 429 || status >= 500 ? 'storage_unavailable' : 'input_not_found';
}

function inWords(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? '' : ` (${words})`;
}

function withoutPeriod(text: string): string {
  return text.replace(/\.$/, '');
}

/** HTTP as downloads need it: `GET` with timeouts and redirects, and what a response says about the file. */
import { EnvHttpProxyAgent, request } from 'undici';
import { pullError, reasonOf, TransferCut } from './pull-error.ts';

export interface HttpSettings {
  /** To establish a connection. */
  connectTimeoutMs: number;
  /** The longest silence: before the headers, and between two chunks of the body. */
  idleTimeoutMs: number;
  maxRedirects: number;
}

const defaultHttpSettings: HttpSettings = { connectTimeoutMs: 10_000, idleTimeoutMs: 30_000, maxRedirects: 5 };

export interface HttpResponse {
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly body: AsyncIterable<Buffer>;
  header(name: string): string | undefined;
  /** Drops the rest of the body, and its connection. */
  discard(): void;
}

/** A client for `GET`. Honors `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export interface Http {
  /** Follows redirects. Rejects with `TransferCut` if there is no response; any status is a response. */
  get(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** Hubs that store large files elsewhere put the file's hash into the response that redirects there. */
const linkedEtagHeader = 'x-linked-etag';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createHttp(settings: Partial<HttpSettings> = {}): Http {
  const { connectTimeoutMs, idleTimeoutMs, maxRedirects } = { ...defaultHttpSettings, ...settings };
  // Proxies expect to be asked for what is at `http:`, and may refuse to connect to anything but port 443.
  const dispatcher = new EnvHttpProxyAgent({ connectTimeout: connectTimeoutMs, allowH2: false, proxyTunnel: false });
  const timeouts = { headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs };
  return {
    get: async (url, headers, signal) => {
      let at = url;
      let linkedEtag: string | undefined;
      for (let count = 0; count <= maxRedirects; count += 1) {
        const response = await send(at, { dispatcher, ...timeouts, headers, signal: signal ?? null });
        linkedEtag = headerOf(response, linkedEtagHeader) ?? linkedEtag;
        const location = headerOf(response, 'location');
        if (!redirects.has(response.statusCode) || location === undefined) return toResponse(at, response, linkedEtag);
        await response.body.dump();
        at = redirectTarget(at, location);
      }
      throw pullError(`${url} redirects more than ${maxRedirects} times.`);
    },
    close: () => dispatcher.destroy(),
  };
}

type RequestOptions = NonNullable<Parameters<typeof request>[1]>;
type ResponseData = Awaited<ReturnType<typeof request>>;

async function send(url: string, options: RequestOptions): Promise<ResponseData> {
  try {
    return await request(url, { ...options, headers: { ...options.headers, 'accept-encoding': 'identity' } });
  } catch (error) {
    if (options.signal instanceof AbortSignal) options.signal.throwIfAborted();
    throw new TransferCut(`${new URL(url).origin} does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

/** A redirect from https to http is not followed. */
function redirectTarget(from: string, location: string): string {
  const target = URL.parse(location, from);
  const wentInsecure = from.startsWith('https:') && target?.protocol === 'http:';
  if (target === null || !/^https?:$/.test(target.protocol) || wentInsecure) {
    throw pullError(`${from} redirects to ${location}, which is not followed.`);
  }
  return target.href;
}

function toResponse(url: string, response: ResponseData, linkedEtag: string | undefined): HttpResponse {
  return {
    url,
    status: response.statusCode,
    body: response.body,
    header: (name) => (name === linkedEtagHeader ? linkedEtag : headerOf(response, name)),
    discard: () => {
      // Destroying an unread body makes it emit an error, which no longer matters.
      response.body.on('error', () => undefined).destroy();
    },
  };
}

function headerOf({ headers }: ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** What a response says about the whole file, all or part of which it holds. */
export interface ResponseFacts {
  /** The first byte that the body holds. */
  start: number;
  /** The file's size, if the server states it. */
  totalBytes: number | undefined;
  /** For `If-Range`: a strong ETag, else the time of the last change. Undefined if a change would go unseen. */
  validator: string | undefined;
  /** A hash of the whole file that the server states, and the header that has it. */
  sha256: { value: string; header: string } | undefined;
}

/** For 200 and 206 only. */
export function readFacts(response: HttpResponse): ResponseFacts {
  const range = response.status === 206 ? parseContentRange(response) : undefined;
  const length = response.header('content-length');
  return {
    start: range?.start ?? 0,
    totalBytes: range ? range.totalBytes : length === undefined ? undefined : Number(length),
    validator: validatorOf(response),
    sha256: statedHash(response),
  };
}

function parseContentRange(response: HttpResponse): { start: number; totalBytes: number | undefined } {
  const header = response.header('content-range') ?? '';
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header);
  if (match === null) throw pullError(`${response.url} sends a part of the file without saying which.`);
  return { start: Number(match[1]), totalBytes: match[2] === '*' ? undefined : Number(match[2]) };
}

/** RFC 9110 allows no weak ETag in `If-Range`. */
function validatorOf(response: HttpResponse): string | undefined {
  const etag = response.header('etag');
  return etag !== undefined && !etag.startsWith('W/') ? etag : response.header('last-modified');
}

/**
 * Hashes that stores of large files put into a header: model hubs, S3 and the like, RFC 9530. A plain ETag may be a
 * hash of anything, so it does not count.
 */
function statedHash(response: HttpResponse): ResponseFacts['sha256'] {
  for (const header of ['x-linked-etag', 'x-amz-meta-sha256', 'x-amz-checksum-sha256', 'repr-digest']) {
    const text = response.header(header) ?? '';
    const hex = /^"?([0-9a-f]{64})"?$/i.exec(text)?.[1];
    if (hex !== undefined) return { value: hex.toLowerCase(), header };
    const base64 = /^(?:sha-256=:)?([A-Za-z0-9+/]{43}=):?$/.exec(text)?.[1];
    if (base64 !== undefined) return { value: Buffer.from(base64, 'base64').toString('hex'), header };
  }
  return undefined;
}

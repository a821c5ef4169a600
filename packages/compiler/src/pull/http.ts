import { EnvHttpProxyAgent, request } from 'undici';
import { pullError, reasonOf, TransferCut } from './pull-error.ts';

export interface HttpSettings {
  /** Until a connection stands. */
  connectTimeoutMs: number;
  /** The longest silence: until the headers come, and between two pieces of the body. */
  idleTimeoutMs: number;
  maxRedirects: number;
}

export const defaultHttpSettings: HttpSettings = { connectTimeoutMs: 10_000, idleTimeoutMs: 30_000, maxRedirects: 5 };

export interface HttpResponse {
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly body: AsyncIterable<Buffer>;
  header(name: string): string | undefined;
  /** Gives up what is left of the body, and its connection. */
  discard(): void;
}

/** A client for `GET`. Proxies are those of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export interface Http {
  /** Follows redirects. Rejects with `TransferCut` where no answer comes; any status is an answer. */
  get(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** Hubs that keep large files elsewhere put the file's hash into the answer that redirects there. */
const linkedEtagHeader = 'x-linked-etag';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createHttp(settings: Partial<HttpSettings> = {}): Http {
  const { connectTimeoutMs, idleTimeoutMs, maxRedirects } = { ...defaultHttpSettings, ...settings };
  const dispatcher = new EnvHttpProxyAgent({ connectTimeout: connectTimeoutMs, allowH2: false });
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

/** An address that was asked for over TLS is not followed to one without. */
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
      // Destroying an unread body makes it emit an error; there is nobody left to care.
      response.body.on('error', () => undefined).destroy();
    },
  };
}

function headerOf({ headers }: ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

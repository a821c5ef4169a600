/** Gets a photo from the URL that a client named, as far as the address guard lets it. No error tells of the URL. */
import { AppError, detectFormat } from '@m2fp/contract';
import { guardedRequest, isTimeout, isUnknownName, TargetRefused, type GuardSettings } from '@m2fp/service/outgoing';

export interface FetchSettings extends Pick<GuardSettings, 'rules' | 'resolve'> {
  readonly maxBytes: number;
  /** For all of it, redirects included. */
  readonly timeoutMs: number;
}

/** A photo holds a place of the worker while it is fetched: a server that says nothing is given up soon, ms. */
const longestSilenceMs = 5_000;
/** Enough for a link that was shortened and a host that moved. */
const mostRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** The server may answer otherwise a moment later; so may any that failed itself. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

const headers = { accept: 'image/avif, image/webp, image/png, image/jpeg', 'user-agent': 'm2fp' };

/** What one request leads to. */
type Hop = { readonly bytes: Uint8Array } | { readonly location: string };

/**
 * The photo's bytes, which begin as those of a photo do. Throws `input_denied` (the guard, or a server that refuses),
 * `input_not_found`, `input_unavailable` (another attempt may work), `image_too_large`, `image_unreadable`,
 * `unsupported_format`, and the signal's reason.
 */
export async function fetchUrl(url: string, settings: FetchSettings, signal: AbortSignal): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  const within = AbortSignal.any([signal, deadline]);
  try {
    return await follow(url, settings, within);
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error, deadline, settings);
  }
}

async function follow(url: string, settings: FetchSettings, signal: AbortSignal): Promise<Uint8Array> {
  let place = url;
  const guard = { ...settings, timeoutMs: Math.min(settings.timeoutMs, longestSilenceMs) };
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const request = { url: place, method: 'GET', headers, signal } as const;
    const hop = await guardedRequest(request, guard, (answer) => read(answer, settings));
    if ('bytes' in hop) return hop.bytes;
    place = nextPlace(place, hop.location);
  }
  throw new AppError('input_denied', `The photo’s URL redirects more than ${mostRedirects} times.`);
}

/** Where a redirect leads; the next request checks it as it did the first one. Throws `input_denied`. */
export function nextPlace(from: string, location: string): string {
  const next = URL.parse(location, from);
  if (next === null) throw new AppError('input_denied', 'The photo’s URL redirects to something that is not a URL.');
  if (new URL(from).protocol === 'https:' && next.protocol === 'http:') {
    throw new AppError('input_denied', 'The photo’s URL redirects from https:// to http://.');
  }
  return next.href;
}

type Answer = Parameters<Parameters<typeof guardedRequest>[2]>[0];

async function read({ statusCode, headers: sent, body }: Answer, { maxBytes }: FetchSettings): Promise<Hop> {
  const { location } = sent;
  if (redirects.has(statusCode) && typeof location === 'string') return { location };
  if (statusCode !== 200) throw refusedWith(statusCode);
  const declared = Number(sent['content-length'] ?? 0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (declared > maxBytes) throw tooLarge(maxBytes);
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const photo = Buffer.concat(chunks);
  assertPhoto(photo, sent['content-type']);
  return { bytes: photo };
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('image_too_large', `The photo at the URL is too large: at most ${maxBytes} bytes are allowed.`);
}

function refusedWith(status: number): AppError {
  const answered = `The photo’s server answered with status ${status}`;
  if (status >= 500 || passing.has(status)) return new AppError('input_unavailable', `${answered}.`);
  if (status === 401 || status === 403) {
    return new AppError('input_denied', `${answered}: a presigned URL may have expired.`);
  }
  return new AppError('input_not_found', `${answered} where the photo should be.`);
}

/** A media type as it may be shown. */
const plainType = /^[\w.+-]{1,40}\/[\w.+-]{1,60}/;

/** Throws what `detectFormat` throws, with what the server says that it is. */
function assertPhoto(bytes: Uint8Array, contentType: string | string[] | undefined): void {
  try {
    detectFormat(bytes);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const type = plainType.exec(String(contentType ?? ''))?.[0];
    const said = type === undefined ? '' : ` The server says that it is ${type}.`;
    throw new AppError(cause.code, `What the URL leads to: ${cause.message}${said}`, { cause });
  }
}

function explained(error: unknown, deadline: AbortSignal, { timeoutMs }: FetchSettings): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof TargetRefused) {
    return new AppError('input_denied', `The photo’s URL was refused. ${error.message}`);
  }
  if (deadline.aborted) {
    return new AppError('input_unavailable', `The photo did not arrive from its URL within ${timeoutMs / 1_000} s.`);
  }
  if (isTimeout(error)) {
    return new AppError('input_unavailable', `The photo’s server said nothing for ${longestSilenceMs / 1_000} s.`);
  }
  if (isUnknownName(error)) {
    return new AppError('input_not_found', 'The host of the photo’s URL does not exist.');
  }
  return new AppError('input_unavailable', `The photo’s server could not be reached${reasonOf(error)}.`);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A code of the system or of OpenSSL says what is wrong, and nothing of the URL; messages may. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return code !== undefined && /^[A-Z\d_]{1,60}$/.test(code) ? `: ${code}` : '';
}

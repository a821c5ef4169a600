/**
 * Answers in fewer bytes, for routes that say so. Not for those that hold a secret (a signed URL, a signing secret, a
 * webhook's URL) beside what others wrote: how small they become would tell those who guess it and watch the length
 * (BREACH). Event streams, JPEG, PNG and other types that gain nothing stay as they are.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context, MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { COMPRESSIBLE_CONTENT_TYPE_REGEX as compressible } from 'hono/utils/compress';
import { parseAccept } from 'hono/utils/accept';
import type { ApiEnv } from './context.ts';
import { matchesTag } from './entity-tags.ts';

/** Below this, headers and the work outweigh what is saved. */
const leastBytes = 1024;

const compressAbove = compress({ threshold: leastBytes });

/** For a route: its answers are compressed unless they are small or `holdsSecrets` is set. */
export const compressed: MiddlewareHandler<ApiEnv> = async (context, next) => {
  await next();
  if (context.get('holdsSecrets') === true) return;
  await withLength(context);
  await compressAbove(context, async () => undefined);
};

/** JSON that a handler made says no length; it is in memory, unlike files. */
async function withLength(context: Context<ApiEnv>): Promise<void> {
  const { headers } = context.res;
  if (headers.has('content-length') || headers.get('content-type')?.startsWith('application/') !== true) return;
  const bytes = await context.res.arrayBuffer();
  context.res = new Response(bytes, context.res);
  context.res.headers.set('content-length', `${bytes.byteLength}`);
}

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);
type Encoding = 'br' | 'gzip';

/** What is the same for everybody: compressed once for each encoding, when somebody first asks for it. */
export class StaticContent {
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #contentType: string;
  readonly #etag: string;
  readonly #encoded: Readonly<Record<Encoding, () => Promise<Uint8Array<ArrayBuffer>>>>;

  /** @param body whose bytes all answers share while they are being sent */
  constructor(body: Uint8Array<ArrayBuffer>, contentType: string) {
    this.#body = body;
    this.#encoded = {
      br: once(async () => new Uint8Array(await withBrotli(body))),
      gzip: once(async () => new Uint8Array(await gzipAsync(body))),
    };
    this.#contentType = contentType;
    this.#etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  }

  /** Answers with it, or 304 if the client has it. */
  async answer(context: Context<ApiEnv>, headers: Record<string, string>): Promise<Response> {
    const isWorth = this.#body.byteLength >= leastBytes && compressible.test(this.#contentType);
    const encoding = isWorth ? preferred(context.req.header('accept-encoding')) : undefined;
    const tag = encoding === undefined ? this.#etag : `W/${this.#etag}`;
    const all = { ...headers, etag: tag, ...(isWorth && { vary: 'Accept-Encoding' }) };
    if (matchesTag(context.req.header('if-none-match'), this.#etag)) return context.body(null, 304, all);
    const sent = { ...all, 'content-type': this.#contentType };
    if (encoding === undefined) return context.body(this.#body, 200, sent);
    return context.body(await this.#encoded[encoding](), 200, { ...sent, 'content-encoding': encoding });
  }
}

/** Makes it when it is first asked for, and again if that failed: what fails once may work the next time. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Not its best, which takes seconds for a megabyte and saves little more. */
function withBrotli(body: Uint8Array): Promise<Uint8Array> {
  return brotliAsync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
}

function preferred(accept: string | undefined): Encoding | undefined {
  const accepted = parseAccept(accept ?? '').filter(({ q }) => q > 0);
  return (['br', 'gzip'] as const).find((encoding) => accepted.some(({ type }) => type === encoding));
}

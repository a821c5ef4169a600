import { AppError, bounds } from '@m2fp/contract';
import type { z } from 'zod';
import type { BodyHold } from '../access/shares.ts';
import type { RequestBody } from './context.ts';
import { jsonHint, wrongType } from '../mending/bodies.ts';
import { assertJsonShape } from './json-shape.ts';
import { parseOrRefuse } from './problem.ts';

/** `type/subtype` in lower case, without parameters. */
export function mediaType(headers: Headers): string | undefined {
  return headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
}

export function isJson(headers: Headers): boolean {
  return mediaType(headers) === 'application/json';
}

export function isMultipart(headers: Headers): boolean {
  return mediaType(headers) === 'multipart/form-data';
}

/** Throws `unsupported_media_type`: nothing here decompresses, so a compressed body would look like a broken one. */
export function assertNotEncoded(headers: Headers): void {
  const encoding = headers.get('content-encoding');
  if (encoding === null || encoding.toLowerCase() === 'identity') return;
  throw new AppError('unsupported_media_type', 'Send the body without a Content-Encoding.');
}

/** The bytes that the client announces; undefined if it does not. */
export function declaredLength(headers: Headers): number | undefined {
  const value = headers.get('content-length');
  return value === null ? undefined : Number(value);
}

/** Bodies up to this are read at once, which is much cheaper; larger ones as they arrive. */
const smallBytes = bounds.jsonBody.max;
const firstBytes = 16 * 1024;

async function readWhole({ raw, hold }: RequestBody, maxBytes: number): Promise<Uint8Array> {
  const message = `A JSON body has at most ${maxBytes} bytes. Photos are not sent in it: use \`curl -F image=@photo.jpg\`.`;
  const tooLarge = () => new AppError('payload_too_large', message);
  const declared = declaredLength(raw.headers);
  if (declared !== undefined && declared > maxBytes) throw tooLarge();
  if (declared !== undefined) hold.expect(declared);
  // The server holds a client to its declared length.
  if (declared !== undefined && declared <= smallBytes) {
    hold.keep(declared);
    return new Uint8Array(await raw.arrayBuffer());
  }
  const whole = new GrowingBuffer(hold, maxBytes);
  for await (const chunk of (raw.body ?? []) as AsyncIterable<Uint8Array>) {
    if (whole.bytes + chunk.byteLength > maxBytes) throw tooLarge();
    if (declared === undefined) hold.expect(chunk.byteLength);
    whole.add(chunk);
  }
  return whole.content();
}

/** One buffer for all chunks: a small chunk takes much more memory than its bytes. */
class GrowingBuffer {
  readonly #hold: BodyHold;
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  bytes = 0;

  constructor(hold: BodyHold, maxBytes: number) {
    this.#hold = hold;
    this.#maxBytes = maxBytes;
  }

  /** Throws `overloaded`. */
  add(chunk: Uint8Array): void {
    const needed = this.bytes + chunk.byteLength;
    if (needed > this.#buffer.byteLength) {
      const larger = Math.max(needed, Math.min(this.#maxBytes, Math.max(firstBytes, this.#buffer.byteLength * 2)));
      // Twice: what is parsed from it needs at least as much.
      this.#hold.keep(2 * (larger - this.#buffer.byteLength));
      const grown = Buffer.allocUnsafeSlow(larger);
      this.#buffer.copy(grown, 0, 0, this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.bytes);
    this.bytes = needed;
  }

  content(): Uint8Array {
    return this.#buffer.subarray(0, this.bytes);
  }
}

/**
 * A JSON body, checked against its schema. Throws `unsupported_media_type`, `payload_too_large`, `malformed_request`
 * (not UTF-8, not JSON), `invalid_request` (does not match the schema, or is nested too deeply), `rate_limited` and
 * `overloaded` (too much is on its way).
 */
export async function readJson<Schema extends z.ZodType>(
  body: RequestBody,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema>> {
  if (!isJson(body.raw.headers)) throw wrongType(mediaType(body.raw.headers), 'application/json');
  assertNotEncoded(body.raw.headers);
  const bytes = await readWhole(body, maxBytes);
  // Reading a large one takes this process as long as many small requests.
  const further = Math.ceil(bytes.byteLength / bounds.jsonBody.max) - 1;
  if (further > 0) await body.count(further);
  assertJsonShape(bytes);
  return parseOrRefuse(schema, parseJson(decodeUtf8(bytes)));
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new AppError('malformed_request', 'The body is not valid UTF-8.', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not JSON';
    throw new AppError('malformed_request', `The body is not valid JSON: ${reason}.${jsonHint(text)}`, { cause });
  }
}

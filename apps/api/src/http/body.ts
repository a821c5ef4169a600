import { AppError } from '@m2fp/contract';
import type { z } from 'zod';
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

export function unsupportedMediaType(accepted: string): AppError {
  return new AppError('unsupported_media_type', `Send the body as ${accepted}.`);
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

async function readWhole(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new AppError('payload_too_large', `A JSON body has at most ${maxBytes} bytes.`);
  const declared = declaredLength(request.headers);
  if (declared !== undefined && declared > maxBytes) throw tooLarge();
  // The server holds a client to its declared length and reads such a body without a stream, which is much cheaper.
  if (declared !== undefined) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/**
 * A JSON body, checked against its schema. Throws `unsupported_media_type`, `payload_too_large`, `malformed_request`
 * (not UTF-8, not JSON) and `invalid_request` (does not match the schema, or is nested too deeply).
 */
export async function readJson<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema>> {
  if (!isJson(request.headers)) throw unsupportedMediaType('application/json');
  assertNotEncoded(request.headers);
  const bytes = await readWhole(request, maxBytes);
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
    throw new AppError('malformed_request', `The body is not valid JSON: ${reason}`, { cause });
  }
}

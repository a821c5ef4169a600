import { AppError, detectFormat } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { withDeadline } from '@m2fp/service/deadline';

/** Enough to know any format by. */
const headBytes = 4096;

export interface PhotoTarget {
  readonly storage: Pick<ObjectStorage, 'putStream'>;
  readonly key: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** The request's: a client that hangs up ends the upload. */
  readonly signal: AbortSignal;
}

/**
 * Streams an uploaded photo into S3. Its first bytes are looked at before anything is stored. Throws
 * `image_unreadable` (empty, no image), `unsupported_format`, `image_too_large`, `storage_unavailable` and `timeout`;
 * nothing is left in S3 then.
 */
export async function receivePhoto(bytes: AsyncIterable<Uint8Array>, target: PhotoTarget): Promise<void> {
  const { storage, key, maxBytes, timeoutMs } = target;
  const source = bytes[Symbol.asyncIterator]();
  const head = await readHead(source);
  if (head.byteLength === 0) throw new AppError('image_unreadable', 'The image is empty: it has zero bytes.');
  const contentType = `image/${detectFormat(head)}`;
  const message = `The upload took longer than ${timeoutMs / 1000} s.`;
  await withDeadline({ timeoutMs, code: 'timeout', message, signal: target.signal }, (signal) =>
    storage.putStream(key, chain(head, source), { contentType, maxBytes, signal }),
  );
}

async function readHead(source: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < headBytes) {
    const next = await source.next();
    if (next.done === true) break;
    chunks.push(next.value);
    bytes += next.value.byteLength;
  }
  return Buffer.concat(chunks, bytes);
}

async function* chain(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

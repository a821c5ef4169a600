/** The port to object storage, and what all its implementations share: errors, and streams with a limit. */
import { AppError, resultKeys, type JobData } from '@m2fp/contract';

/**
 * The port to object storage. Keys are full keys in the bucket that the storage was created for. If storage does not
 * work, operations throw `storage_unavailable`; once `signal` is aborted, they throw its reason.
 */
export interface ObjectStorage {
  /**
   * Reads a whole object. Throws `input_not_found`, `input_denied`, and `image_too_large` once the declared or streamed
   * length exceeds `maxBytes`.
   */
  get(key: string, options: { maxBytes: number; signal: AbortSignal }): Promise<Uint8Array>;
  /**
   * Reads an object as it arrives; to stop reading before its end aborts the transfer. Throws `input_not_found` and
   * `input_denied`.
   */
  getStream(key: string, options: { signal: AbortSignal }): Promise<ObjectFacts & { body: AsyncIterable<Uint8Array> }>;
  /** Throws `output_denied`. */
  put(key: string, body: Uint8Array, options: { contentType: string; signal: AbortSignal }): Promise<void>;
  /**
   * Stores a stream of unknown length. Throws `image_too_large` beyond `maxBytes`, whatever the stream throws, and
   * `output_denied`; nothing of the object is left then.
   */
  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: { contentType: string; maxBytes: number; signal: AbortSignal },
  ): Promise<{ bytes: number }>;
  /** Undefined if there is no such object. Throws `input_denied`. */
  head(key: string, options: { signal: AbortSignal }): Promise<ObjectFacts | undefined>;
  remove(keys: readonly string[], options: { signal: AbortSignal }): Promise<void>;
  /** One page of what is under a prefix, by key, ascending. `cursor` is the one that the previous page returned. */
  list(
    prefix: string,
    options: { cursor?: string | undefined; limit?: number; signal: AbortSignal },
  ): Promise<ObjectPage>;
  presignGet(key: string, options: { expiresInS: number; fileName?: string }): Promise<string>;
  /** Whoever has the URL can store exactly `bytes` bytes of that type, and nothing else. */
  presignPut(key: string, options: PresignPutOptions): Promise<PresignedPut>;
  /** Resolves when the bucket answers; throws `storage_unavailable`, with the reason as a word. */
  ping(options: { signal: AbortSignal }): Promise<void>;
  close(): void;
}

export interface ObjectFacts {
  readonly bytes: number;
  /** Changes with the bytes: S3's own, with its quotes. Not every service has one. */
  readonly etag?: string | undefined;
}

export interface PresignPutOptions {
  readonly expiresInS: number;
  readonly contentType: string;
  readonly bytes: number;
}

export interface PresignedPut {
  readonly url: string;
  /** The upload has to send exactly these: they are signed. Names in lowercase. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ObjectPage {
  readonly keys: string[];
  /** The same, with what is known of them. */
  readonly objects: StoredObject[];
  /** For the next page; undefined at the end. */
  readonly cursor: string | undefined;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export function inputNotFound(key: string | undefined, cause?: unknown): AppError {
  return new AppError('input_not_found', `There is no object ${key}.`, { cause });
}

export function objectTooLarge(maxBytes: number): AppError {
  return new AppError('image_too_large', `The image is too large: it has more than ${maxBytes} bytes.`);
}

/** A `Content-Disposition` (RFC 6266): a plain name for old clients, and the real one in UTF-8. */
export function dispositionOf(kind: 'attachment' | 'inline', fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  // What `encodeURIComponent` leaves and RFC 8187 does not allow.
  const encoded = encodeURIComponent(fileName).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

export interface ByteLimits {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Passes a stream on. Throws `image_too_large` beyond `maxBytes`, and the signal's reason as soon as it is aborted,
 * even while the source is silent.
 */
export async function* cappedBytes(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: ByteLimits,
): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  let bytes = 0;
  let isDone = false;
  try {
    while (!isDone) {
      const next = await unlessAborted(iterator.next(), signal);
      isDone = next.done === true;
      if (next.done === true) break;
      bytes += next.value.byteLength;
      if (bytes > maxBytes) throw objectTooLarge(maxBytes);
      yield next.value;
    }
  } finally {
    // Not awaited: a silent source would not respond to this either.
    if (!isDone) iterator.return?.().catch(() => undefined);
  }
}

/** Reads a whole stream, with the same limits. */
export async function readCapped(source: AsyncIterable<Uint8Array>, limits: ByteLimits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of cappedBytes(source, limits)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason is what is thrown
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
    // If it lost the race, nothing else handles its rejection.
    work.catch(() => undefined);
  }
}

/**
 * Work on storage that is aborted after `timeoutMs`, and fails with `storage_unavailable` then: a retry may succeed.
 * It is waited for, not raced: a put that is still in progress would undo a removal that follows.
 * @param signal aborts the work too; what the work throws then is thrown on
 */
export async function withinTime<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await work(signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
  } catch (cause) {
    if (!deadline.aborted || signal?.aborted === true) throw cause;
    const message = `Storage did not answer within ${timeoutMs / 1_000} s.`;
    throw new AppError('storage_unavailable', message, { cause, reason: 'timeout' });
  }
}

/** Removes every file that the job may have stored. Throws `storage_unavailable`, also if that takes too long. */
export async function removeResults(
  data: Pick<JobData, 'output' | 'options'>,
  storage: Pick<ObjectStorage, 'remove'>,
  timeoutMs: number,
): Promise<void> {
  await withinTime(timeoutMs, (signal) => storage.remove(resultKeys(data), { signal }));
}

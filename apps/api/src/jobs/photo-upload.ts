/** One uploaded photo on its way into S3. */
import { createHash, randomBytes } from 'node:crypto';
import { AppError, detectFormat, photoNameOf } from '@m2fp/contract';
import type { PhotoFormat } from '@m2fp/contract';
import type { PendingUpload } from '@m2fp/queue/retention';
import { withDeadline } from '@m2fp/service/deadline';
import type { ApiDeps } from '../deps.ts';
import type { CreateRequest } from './create-request.ts';

const headBytes = 4096;

type UploadDeps = Pick<ApiDeps, 'queue' | 'storage' | 'settings' | 'log'>;

export class PhotoUpload {
  readonly key: string;
  readonly #request: CreateRequest;
  readonly #deps: UploadDeps;
  readonly #hash = createHash('sha256');
  #isStored = false;
  #format: PhotoFormat | undefined;

  constructor(request: CreateRequest, deps: UploadDeps) {
    // Random: a name must not say what the job's id is.
    this.key = `${request.caller.uploadPrefix}${randomBytes(16).toString('hex')}`;
    this.#request = request;
    this.#deps = deps;
  }

  /**
   * Streams the photo into S3, after a look at its first bytes; a client that hangs up ends the upload. Throws
   * `image_unreadable` (empty, not an image), `unsupported_format`, `image_too_large`, `queue_unavailable`,
   * `storage_unavailable` and `timeout`; nothing is left in S3 then. Should this process die before there is a job, the
   * dispatcher removes the photo.
   * @param look sees the first bytes; what it throws is thrown
   */
  async store(bytes: AsyncIterable<Uint8Array>, look?: (head: Uint8Array) => void): Promise<void> {
    const { storage, settings } = this.#deps;
    const { maxImageBytes: maxBytes, uploadTimeoutMs: timeoutMs } = settings;
    const source = this.#hashed(bytes);
    const head = await readHead(source);
    if (head.byteLength === 0) throw new AppError('image_unreadable', 'The image is empty: it has zero bytes.');
    look?.(head);
    this.#format = detectFormat(head);
    const contentType = `image/${this.#format}`;
    const { id: jobId, idempotencyKey } = this.#request;
    await this.#deps.queue.expectUpload({ jobId, key: this.key }, { isRepeatable: idempotencyKey !== undefined });
    const message = `The upload took longer than ${timeoutMs / 1000} s.`;
    const deadline = { timeoutMs, code: 'timeout', message, signal: this.#request.raw.signal } as const;
    try {
      await withDeadline(deadline, (signal) =>
        storage.putStream(this.key, chain(head, source), { contentType, maxBytes, signal }),
      );
    } catch (error) {
      await this.#deps.queue.dropUpload({ jobId, key: this.key }).catch(() => undefined);
      throw error;
    }
    this.#isStored = true;
  }

  /** Of the photo; to be called once, after it is stored. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** What it is called, after what its sender says: its key is random. To be called after it is stored. */
  nameFrom(given: string | undefined): string {
    return photoNameOf(given ?? '') ?? `photo.${this.#format}`;
  }

  /** Removes it from S3 again. Never throws. */
  async remove(): Promise<void> {
    if (this.#isStored) await removeUpload({ jobId: this.#request.id, key: this.key }, this.#deps);
  }

  async *#hashed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    // Only a request that can be sent again is ever compared with another.
    const isCompared = this.#request.idempotencyKey !== undefined;
    for await (const chunk of bytes) {
      if (isCompared) this.#hash.update(chunk);
      yield chunk;
    }
  }
}

/** The first bytes, enough to recognize any format; the source goes on after them. */
export async function readHead(source: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
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

export async function* chain(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** Removes from S3 an upload that no job uses. Never throws: what fails, the dispatcher does later. */
export async function removeUpload(
  upload: PendingUpload,
  { queue, storage, settings, log }: UploadDeps,
): Promise<void> {
  try {
    await storage.remove([upload.key], { signal: AbortSignal.timeout(settings.storageTimeoutMs) });
    await queue.dropUpload(upload);
  } catch (error) {
    log.warn({ err: error }, 'an unused upload could not be removed');
  }
}

import { createHash } from 'node:crypto';
import type { ApiDeps } from '../deps.ts';
import { receivePhoto } from './receive-photo.ts';
import type { CreateRequest } from './taken-photo.ts';

/** One photo that comes along, on its way into S3. */
export class PhotoUpload {
  readonly key: string;
  readonly #request: CreateRequest;
  readonly #deps: Pick<ApiDeps, 'storage' | 'settings' | 'log'>;
  readonly #hash = createHash('sha256');
  #isStored = false;

  constructor(request: CreateRequest, deps: Pick<ApiDeps, 'storage' | 'settings' | 'log'>) {
    this.key = `${deps.settings.uploadPrefix}${request.id}`;
    this.#request = request;
    this.#deps = deps;
  }

  /** Throws what `receivePhoto` throws; nothing is left in S3 then. */
  async store(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { storage, settings } = this.#deps;
    await receivePhoto(this.#hashed(bytes), {
      storage,
      key: this.key,
      maxBytes: settings.maxImageBytes,
      timeoutMs: settings.uploadTimeoutMs,
      signal: this.#request.raw.signal,
    });
    this.#isStored = true;
  }

  /** Of the bytes; to be asked once they are stored. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** Takes it out of S3 again. Never throws. */
  async remove(): Promise<void> {
    if (this.#isStored) await removeUpload(this.key, this.#deps);
  }

  async *#hashed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    // Only a request that can be sent again is compared with another.
    const isCompared = this.#request.idempotencyKey !== undefined;
    for await (const chunk of bytes) {
      if (isCompared) this.#hash.update(chunk);
      yield chunk;
    }
  }
}

/** Takes an upload that came to nothing out of S3. Never throws. */
export async function removeUpload(
  key: string,
  { storage, settings, log }: Pick<ApiDeps, 'storage' | 'settings' | 'log'>,
): Promise<void> {
  try {
    await storage.remove([key], { signal: AbortSignal.timeout(settings.storageTimeoutMs) });
  } catch (error) {
    log.warn({ err: error }, 'an upload that came to nothing could not be removed');
  }
}

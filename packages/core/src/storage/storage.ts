/** The port to object storage. Keys are whole keys in the bucket that the storage was created for. */
export interface ObjectStorage {
  /**
   * Reads an object whole. Throws `input_not_found`, `image_too_large` (declared or streamed length above
   * `maxBytes`, stopped there), `storage_unavailable`, `timeout` is the caller's signal.
   */
  get(key: string, options: { maxBytes: number; signal: AbortSignal }): Promise<Uint8Array>;
  put(key: string, body: Uint8Array, options: { contentType: string; signal: AbortSignal }): Promise<void>;
  /** Stores a stream of unknown length, stopped at `maxBytes` with `image_too_large`; nothing is left of it then. */
  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: { contentType: string; maxBytes: number; signal: AbortSignal },
  ): Promise<{ bytes: number }>;
  /** Size in bytes, or undefined where there is no such object. */
  head(key: string, options: { signal: AbortSignal }): Promise<{ bytes: number } | undefined>;
  remove(keys: readonly string[], options: { signal: AbortSignal }): Promise<void>;
  /** One page of keys under a prefix, ascending. `cursor` is the one that the page before returned. */
  list(
    prefix: string,
    options: { cursor?: string | undefined; limit?: number; signal: AbortSignal },
  ): Promise<{ keys: string[]; cursor: string | undefined }>;
  presignGet(key: string, options: { expiresInS: number; fileName?: string }): Promise<string>;
  presignPut(key: string, options: { expiresInS: number; contentType: string }): Promise<string>;
  /** Resolves when the bucket answers; throws `storage_unavailable`. */
  ping(options: { signal: AbortSignal }): Promise<void>;
  close(): void;
}

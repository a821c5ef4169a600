/**
 * The port to object storage. Keys are whole keys in the bucket that the storage was created for. Where storage does
 * not work, operations throw `storage_unavailable`; once `signal` is aborted, they throw its reason.
 */
export interface ObjectStorage {
  /**
   * Reads an object whole. Throws `input_not_found`, `input_denied`, `image_too_large` (declared or streamed length
   * above `maxBytes`, stopped there).
   */
  get(key: string, options: { maxBytes: number; signal: AbortSignal }): Promise<Uint8Array>;
  /**
   * Reads an object as it arrives; whoever stops before its end ends the transfer. Throws `input_not_found` and
   * `input_denied`.
   */
  getStream(key: string, options: { signal: AbortSignal }): Promise<{ bytes: number; body: AsyncIterable<Uint8Array> }>;
  /** Throws `output_denied`. */
  put(key: string, body: Uint8Array, options: { contentType: string; signal: AbortSignal }): Promise<void>;
  /**
   * Stores a stream of unknown length. Past `maxBytes` it stops with `image_too_large`; what the stream throws is
   * passed on. Nothing is left of it then. Throws `output_denied`.
   */
  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: { contentType: string; maxBytes: number; signal: AbortSignal },
  ): Promise<{ bytes: number }>;
  /** Size in bytes, or undefined where there is no such object. Throws `input_denied`. */
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

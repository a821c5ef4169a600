import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import type { encryptionInput } from './s3-client.ts';
import { translated } from './s3-errors.ts';
import { type ByteLimits, cappedBytes } from './storage.ts';

/** Stores a stream of unknown length with 5 MiB in memory at a time. If it fails, nothing is left in S3. */
export async function uploadStream(
  client: S3Client,
  object: { readonly Bucket: string; readonly Key: string } & ReturnType<typeof encryptionInput>,
  body: AsyncIterable<Uint8Array>,
  { contentType, ...limits }: ByteLimits & { readonly contentType: string },
): Promise<{ bytes: number }> {
  const { signal } = limits;
  const source = new ObservedSource(cappedBytes(body, limits));
  const params = { ...object, Body: Readable.from(source, { objectMode: false }), ContentType: contentType };
  await translated({ kind: 'write', key: object.Key, signal }, () =>
    // If the stream fails, this removes the parts uploaded so far.
    new Upload({ client, params, queueSize: 1 }).done(),
  ).catch((error: unknown) => {
    throw source.failure === undefined ? error : source.failure.error;
  });
  if (signal.aborted) {
    // The last request could not be aborted, and has stored what the caller gave up.
    await client.send(new DeleteObjectCommand({ Bucket: object.Bucket, Key: object.Key }));
    throw signal.reason;
  }
  return { bytes: source.bytes };
}

/** Counts bytes, and distinguishes an error of the source, which is the caller's, from one of storage. */
class ObservedSource implements AsyncIterable<Uint8Array> {
  bytes = 0;
  failure: { readonly error: unknown } | undefined;
  readonly #chunks: AsyncIterable<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of this.#chunks) {
        this.bytes += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

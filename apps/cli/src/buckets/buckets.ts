/** Photos and results in object storage, named as `s3://bucket/prefix`. Settings are the service's, without S3_BUCKET. */
import { AppError, type ErrorCode } from '@m2fp/contract';
import { createS3Storage, type ObjectStorage, type StoredObject, withinTime } from '@m2fp/storage';
import { readBucketSettings } from '../config.ts';

/** A bucket. What it throws says which bucket it was, and why: nobody reads a log here. */
export interface Bucket {
  readonly name: string;
  get(key: string, maxBytes: number): Promise<Uint8Array>;
  /** As it arrives, without a time for all of it: of a list that is worked through for hours. */
  stream(key: string): Promise<AsyncIterable<Uint8Array>>;
  has(key: string): Promise<boolean>;
  /** By key, page by page. */
  list(prefix: string): AsyncIterable<StoredObject>;
}

/** Opens each bucket once. */
export class Buckets {
  readonly #signal: AbortSignal;
  readonly #open = new Map<string, { readonly storage: ObjectStorage; readonly bucket: Bucket }>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Throws `ConfigError` if the settings are wrong. */
  open(name: string): Bucket {
    const known = this.#open.get(name);
    if (known !== undefined) return known.bucket;
    const { storage: settings, timeoutMs } = readBucketSettings(name);
    const storage = createS3Storage(settings);
    const bucket = bucketOf(name, storage, timeoutMs, this.#signal);
    this.#open.set(name, { storage, bucket });
    return bucket;
  }

  close(): void {
    for (const { storage } of this.#open.values()) storage.close();
  }
}

function bucketOf(name: string, storage: ObjectStorage, timeoutMs: number, outer: AbortSignal): Bucket {
  async function within<T>(key: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withinTime(timeoutMs, work, outer);
    } catch (error) {
      throw outer.aborted ? error : explained(`s3://${name}/${key}`, error);
    }
  }
  return {
    name,
    get: (key, maxBytes) => within(key, (signal) => storage.get(key, { maxBytes, signal })),
    stream: (key) => within(key, async () => (await storage.getStream(key, { signal: outer })).body),
    has: (key) => within(key, async (signal) => (await storage.head(key, { signal })) !== undefined),
    async *list(prefix) {
      let cursor: string | undefined;
      do {
        const from = cursor;
        const page = await within(prefix, (signal) => storage.list(prefix, { cursor: from, signal }));
        // Whatever the storage answers, nothing else was asked for.
        yield* page.objects.filter(({ key }) => key.startsWith(prefix));
        cursor = page.cursor;
      } while (cursor !== undefined);
    },
  };
}

/** What the service tells nobody: the storage's own words for its refusal. */
function explained(url: string, error: unknown): AppError {
  const code: ErrorCode = error instanceof AppError ? error.code : 'storage_unavailable';
  const cause = error instanceof AppError ? (error.cause ?? error) : error;
  if (code === 'image_too_large' || !(cause instanceof Error)) return error as AppError;
  if (cause.name === 'CredentialsProviderError') {
    const remedy = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
    return new AppError(code, `${url} cannot be read: there are no credentials for it; ${remedy}.`, { cause: error });
  }
  const reason =
    cause.name === 'Error' || cause.name === 'AppError' ? cause.message : `${cause.name}: ${cause.message}`;
  return new AppError(code, `${url} cannot be read: ${reason}`, { cause: error });
}

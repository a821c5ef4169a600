/** What is in Redis and S3 at a moment, by kind: what only grows is a leak there, however flat the processes are. */
import type { startS3 } from '@m2fp/dev-services';
import type { ObjectStorage } from '@m2fp/storage';
import type { Redis } from 'ioredis';

type S3Service = Awaited<ReturnType<typeof startS3>>;

export interface StoreSample {
  readonly redisMb: number;
  /** Keys of the service by kind, such as `parse-portrait:job` or `x:idempotency`. */
  readonly keys: Readonly<Record<string, number>>;
  readonly objects: number;
  readonly objectsMb: number;
  /** Uploads in parts that were neither completed nor aborted. */
  readonly openUploads: number;
}

export interface Stores {
  readonly redis: Redis;
  readonly prefix: string;
  readonly s3: S3Service;
  readonly storage: ObjectStorage;
}

export async function sampleStores(stores: Stores, signal: AbortSignal): Promise<StoreSample> {
  const info = await stores.redis.info('memory');
  return {
    redisMb: Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0) / 1e6,
    keys: await countKeys(stores),
    ...(await countObjects(stores.storage, signal)),
    openUploads: await countOpenUploads(stores.s3, signal),
  };
}

async function countKeys({ redis, prefix }: Stores): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const seen = new Set<string>();
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of keys) {
      // A scan may return a key twice.
      if (seen.has(key)) continue;
      seen.add(key);
      const kind = keyKind(key.slice(prefix.length + 1));
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return counts;
}

/** A key's name without what tells one job, batch, owner or delivery from another. */
export function keyKind(name: string): string {
  const parts = name.split(':');
  const isId = (part: string): boolean => /^(job|batch|msg)_[0-9a-f]{32}$|^[0-9a-f]{32,}$|^repeat$/.test(part);
  return parts.map((part) => (isId(part) ? '*' : part)).join(':');
}

async function countObjects(
  storage: ObjectStorage,
  signal: AbortSignal,
): Promise<Pick<StoreSample, 'objects' | 'objectsMb'>> {
  let [objects, bytes] = [0, 0];
  let cursor: string | undefined;
  do {
    const page = await storage.list('', { cursor, signal });
    objects += page.objects.length;
    bytes += page.objects.reduce((sum, object) => sum + object.bytes, 0);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { objects, objectsMb: bytes / 1e6 };
}

/** The embedded server takes requests without a signature. */
async function countOpenUploads({ endpoint, bucket }: S3Service, signal: AbortSignal): Promise<number> {
  const response = await fetch(`${endpoint}/${bucket}?uploads`, { signal });
  if (!response.ok) throw new Error(`S3 does not list uploads in parts: HTTP ${response.status}.`);
  return (await response.text()).match(/<Upload>/g)?.length ?? 0;
}

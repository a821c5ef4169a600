/** What the checks look at: the service from outside, and what is left in Redis and S3. */
import type { RedisKeys } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import type { Redis } from 'ioredis';
import type { Load } from '../load.ts';
import type { Photo, Reference } from '../photos.ts';
import type { Receiver } from '../receiver.ts';
import type { Replica } from '../replica.ts';
import type { Owner, Service } from '../service.ts';

export interface Evidence {
  readonly service: Service;
  readonly apis: readonly Replica[];
  readonly owners: readonly Owner[];
  /** May read figures of all owners. */
  readonly operatorKey: string;
  readonly photos: readonly Photo[];
  readonly load: Load;
  readonly reference: Reference;
  /** Past everything that may be in trouble. */
  readonly storage: ObjectStorage;
  readonly bucketUrl: string;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly prefix: string;
  readonly model: string;
  readonly receiver: Receiver;
  readonly signal: AbortSignal;
}

/** Something that must not be. */
export interface Finding {
  readonly check: string;
  readonly what: string;
}

/** What a job that could not be parsed may say: S3 was away for all of its attempts, or its worker for too long. */
export const excusedCodes: ReadonlySet<string> = new Set(['storage_unavailable', 'timeout']);

const atOnce = 16;

/** In order, some at once. */
export async function mapSome<In, Out>(items: readonly In[], map: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(map))));
  }
  return results;
}

/** All pages of a list, such as `/v1/jobs`. @param field of the page */
export async function listAll<Entry>(
  { service, signal }: Pick<Evidence, 'service' | 'signal'>,
  owner: Owner,
  path: string,
  field: string,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor = '';
  do {
    const page = await service.request<Record<string, unknown>>(owner, `${path}?limit=100${cursor}`, signal);
    all.push(...(page[field] as Entry[]));
    cursor = typeof page['next_cursor'] === 'string' ? `&cursor=${page['next_cursor']}` : '';
  } while (cursor !== '');
  return all;
}

/**
 * What revoking an API key ends, beyond the requests that carry it. What a key made belongs to its owner, but a key
 * that is revoked may have been stolen: nothing goes on in its name. A key that merely expired ends nothing.
 */
import type { RedisKeys } from '@m2fp/contract';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** Of a key's record, whatever its version. */
const revocable = z.object({ revoked_at: z.string().nullable() });
/** Of a job's data, whatever its version. */
const madeByKey = z.object({ keyId: z.string() });

/** Those of these API keys that are revoked. Throws what Redis throws. */
export async function findRevoked(
  redis: Pick<Redis, 'hmget'>,
  keys: Pick<RedisKeys, 'apiKeys'>,
  keyIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(keyIds)];
  if (ids.length === 0) return new Set();
  const records = await redis.hmget(keys.apiKeys, ...ids);
  return new Set(ids.filter((_, place) => revokedAt(records[place]) !== null));
}

/** Null if it is not revoked, or if this is not the record of a key. */
function revokedAt(record: string | null | undefined): string | null {
  try {
    return revocable.parse(JSON.parse(record ?? '')).revoked_at;
  } catch {
    return null;
  }
}

/** When each revoked API key was revoked, ms. Throws what Redis throws. */
export async function listRevoked(
  redis: Pick<Redis, 'hscan'>,
  keys: Pick<RedisKeys, 'apiKeys'>,
): Promise<ReadonlyMap<string, number>> {
  const revoked = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, entries] = await redis.hscan(keys.apiKeys, cursor, 'COUNT', pageSize);
    for (let place = 0; place + 1 < entries.length; place += 2) {
      const at = revokedAt(entries[place + 1]);
      if (at !== null) revoked.set(entries[place] ?? '', Date.parse(at));
    }
    cursor = next;
  } while (cursor !== '0');
  return revoked;
}

const pageSize = 200;
const states = ['wait', 'paused', 'prioritized', 'delayed', 'active'] as const;

/**
 * KEYS: jobs. ARGV: text that the data of a wanted one has. Returns the places of those that have it: 200 ids weigh
 * less than the data of 200 jobs.
 */
const findByText = `
local places = {}
for place, key in ipairs(KEYS) do
  local data = redis.call('HGET', key, 'data')
  if data and string.find(data, ARGV[1], 1, true) then table.insert(places, place - 1) end
end
return places
`;

/**
 * Ids of the key's jobs that have not ended, page by page: those that wait before those that run, and the last ones
 * first, so that no worker starts one in the place of another that was just stopped. A job that changes its state
 * meanwhile may be missed or come twice.
 */
export async function* unfinishedJobsOf(keyId: string, queue: Queue, redis: Redis): AsyncGenerator<string[]> {
  const text = `"keyId":${JSON.stringify(keyId)}`;
  for (const state of states) {
    for (let end = await lengthOf(state, queue, redis); end > 0; end -= pageSize) {
      const ids = await pageOf(state, Math.max(0, end - pageSize), end - 1, queue, redis);
      if (ids.length === 0) continue;
      const jobs = ids.map((id) => queue.toKey(id));
      const places = (await redis.eval(findByText, jobs.length, ...jobs, text)) as number[];
      const found = places.map((place) => ids[place] ?? '').reverse();
      yield await onlyOf(keyId, found, queue);
    }
  }
}

type State = (typeof states)[number];

function isSorted(state: State): boolean {
  return state === 'prioritized' || state === 'delayed';
}

function lengthOf(state: State, queue: Queue, redis: Redis): Promise<number> {
  return isSorted(state) ? redis.zcard(queue.toKey(state)) : redis.llen(queue.toKey(state));
}

function pageOf(state: State, from: number, to: number, queue: Queue, redis: Redis): Promise<string[]> {
  const key = queue.toKey(state);
  return isSorted(state) ? redis.zrange(key, from, `${to}`) : redis.lrange(key, from, to);
}

/** The text may also be in a client's metadata. */
async function onlyOf(keyId: string, ids: readonly string[], queue: Queue): Promise<string[]> {
  const jobs = await Promise.all(ids.map((id) => queue.getJob(id)));
  return ids.filter((_, place) => madeByKey.safeParse(jobs[place]?.data).data?.keyId === keyId);
}

import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';

/**
 * KEYS: an owner's open batches. ARGV: batch id, its photos, limit of batches, limit of photos, now in ms, TTL in ms,
 * '1' if the batch may be new. Returns which limit it would exceed, or an empty text. A batch that is there already
 * only gets its new number of photos; one that is not there and not new has ended, and stays away.
 */
const addBatch = `
local photos = tonumber(ARGV[2])
local known = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1
if not known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 'batches' end
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  if entries[i] ~= ARGV[1] then photos = photos + tonumber(string.match(entries[i + 1], '^%d+')) end
end
if photos > tonumber(ARGV[4]) then return 'photos' end
if not known and ARGV[7] ~= '1' then return '' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return ''
`;

/** Longer than any batch is open; only so that nothing remains of an owner who is gone. */
const keptMs = 30 * 24 * 3600 * 1_000;

/** A batch is counted before it is stored: one that is not found has this long to appear. */
const addingMs = 60_000;

export interface BatchLimits {
  readonly batches: number;
  /** Photos without an outcome, over all open batches. */
  readonly photos: number;
}

/** Photos of a batch that have no outcome yet; undefined once it has ended or if there is none. */
export type ReadOpenPhotos = (id: string) => Promise<number | undefined>;

/**
 * Limits how many open batches an owner has, and how many photos are in them. A batch counts from before it is stored
 * until it ends. What a process that died left behind is found when a limit is reached.
 */
export class OpenBatches {
  readonly #redis: Redis;
  readonly #keys: Pick<RedisKeys, 'openBatches'>;

  constructor(redis: Redis, keys: Pick<RedisKeys, 'openBatches'>) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Which limit it would exceed, if any; otherwise it counts. Throws what Redis throws. */
  async add(
    owner: string,
    batch: { readonly id: string; readonly photos: number },
    limits: BatchLimits,
    readOpenPhotos: ReadOpenPhotos,
  ): Promise<'batches' | 'photos' | undefined> {
    const reached = await this.#set(owner, batch, limits, true);
    if (reached === undefined) return undefined;
    await this.#recount(owner, readOpenPhotos);
    return this.#set(owner, batch, limits, true);
  }

  /** The same for a batch that is counted already and has more photos now, or fewer without an outcome. */
  grow(
    owner: string,
    batch: { readonly id: string; readonly photos: number },
    limits: BatchLimits,
  ): Promise<'batches' | 'photos' | undefined> {
    return this.#set(owner, batch, limits, false);
  }

  async #set(
    owner: string,
    { id, photos }: { readonly id: string; readonly photos: number },
    limits: BatchLimits,
    mayBeNew: boolean,
  ): Promise<'batches' | 'photos' | undefined> {
    const values = [id, photos, limits.batches, limits.photos, Date.now(), keptMs, mayBeNew ? '1' : '0'];
    const reached = await this.#redis.eval(addBatch, 1, this.#keys.openBatches(owner), ...values);
    return reached === 'batches' || reached === 'photos' ? reached : undefined;
  }

  /** For a batch that has ended, or was not stored after all. */
  async remove(owner: string, id: string): Promise<void> {
    await this.#redis.hdel(this.#keys.openBatches(owner), id);
  }

  async #recount(owner: string, readOpenPhotos: ReadOpenPhotos): Promise<void> {
    const noLimit = { batches: Number.MAX_SAFE_INTEGER, photos: Number.MAX_SAFE_INTEGER };
    for (const [id, entry] of Object.entries(await this.#redis.hgetall(this.#keys.openBatches(owner)))) {
      const photos = await readOpenPhotos(id);
      const [, addedAtMs] = entry.split(' ').map(Number);
      if (photos !== undefined) await this.grow(owner, { id, photos }, noLimit);
      else if (Date.now() - (addedAtMs ?? 0) > addingMs) await this.remove(owner, id);
    }
  }
}

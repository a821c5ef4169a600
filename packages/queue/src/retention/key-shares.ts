import type { RedisKeys, ShareName } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { ApiKeys } from '../access/api-keys.ts';

/** What one owner may keep of ended jobs; the table of shares says more. */
export type RetainedShares = Readonly<Record<Extract<ShareName, 'retained_jobs' | 'retained_bytes'>, number>>;

const readAgainMs = 60_000;
const mostKeys = 10_000;

/** The shares of whoever made a job: those of its API key, read from Redis now and then, or everybody's. */
export class KeyShares {
  readonly #keys: ApiKeys;
  readonly #shares: RetainedShares;
  #read = new Map<string, RetainedShares>();
  #readSinceMs = 0;

  constructor({ redis, keys, shares }: { redis: Redis; keys: RedisKeys; shares: RetainedShares }) {
    this.#keys = new ApiKeys(redis, keys);
    this.#shares = shares;
  }

  /** Those of everybody if the key’s cannot be read: never throws. */
  async of(keyId: string | undefined): Promise<RetainedShares> {
    if (keyId === undefined) return this.#shares;
    if (Date.now() - this.#readSinceMs > readAgainMs || this.#read.size >= mostKeys) {
      this.#read = new Map();
      this.#readSinceMs = Date.now();
    }
    const known = this.#read.get(keyId);
    if (known !== undefined) return known;
    const shares = await this.#ask(keyId).catch(() => this.#shares);
    this.#read.set(keyId, shares);
    return shares;
  }

  async #ask(keyId: string): Promise<RetainedShares> {
    const own = (await this.#keys.find(keyId))?.shares;
    return {
      retained_jobs: own?.retained_jobs ?? this.#shares.retained_jobs,
      retained_bytes: own?.retained_bytes ?? this.#shares.retained_bytes,
    };
  }
}

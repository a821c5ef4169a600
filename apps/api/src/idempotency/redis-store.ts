import { redisKeys } from '@m2fp/contract';
import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';
import { keptCreateSchema } from './store.ts';
import type { IdempotencyStore, KeptCreate } from './store.ts';

const keptS = 24 * 3600;

/** The connection is the caller's. */
export class RedisIdempotencyStore implements IdempotencyStore {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #call: RedisCall;

  constructor(redis: Redis, { prefix, timeoutMs }: { readonly prefix: string; readonly timeoutMs: number }) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
    this.#call = createRedisCall(redis, timeoutMs);
  }

  find(owner: string, key: string): Promise<KeptCreate | undefined> {
    return this.#call(() => this.#read(owner, key));
  }

  claim(owner: string, key: string, create: KeptCreate): Promise<KeptCreate> {
    return this.#call(async () => {
      for (;;) {
        const name = this.#keys.idempotency(owner, key);
        if ((await this.#redis.set(name, JSON.stringify(create), 'EX', keptS, 'NX')) === 'OK') return create;
        // It may run out between the two.
        const kept = await this.#read(owner, key);
        if (kept !== undefined) return kept;
      }
    });
  }

  async settle(owner: string, key: string, create: KeptCreate): Promise<void> {
    const name = this.#keys.idempotency(owner, key);
    await this.#call(() => this.#redis.set(name, JSON.stringify(create), 'KEEPTTL', 'XX'));
  }

  async release(owner: string, key: string): Promise<void> {
    await this.#call(() => this.#redis.del(this.#keys.idempotency(owner, key)));
  }

  async #read(owner: string, key: string): Promise<KeptCreate | undefined> {
    const text = await this.#redis.get(this.#keys.idempotency(owner, key));
    return text === null ? undefined : keptCreateSchema.parse(JSON.parse(text));
  }
}

import { redisKeys } from '@m2fp/contract';
import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';

/**
 * What is stored under an idempotency key. `pending`: what to create is decided, and any request with the key may
 * create it, because creating it twice creates it once. `done`: the first answer.
 */
const keptCreateSchema = z.strictObject({
  v: z.literal(1),
  /** Of the payload: the same key with a different one is a mistake. */
  fingerprint: z.string(),
  /** Of what is created. */
  id: z.string(),
  state: z.enum(['pending', 'done']),
  /** While pending, what to create; then the first answer. */
  content: z.unknown(),
});
export type KeptCreate = z.infer<typeof keptCreateSchema>;

/** Keeps creates for a day. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface IdempotencyStore {
  find(owner: string, key: string): Promise<KeptCreate | undefined>;
  /** Stores the create, unless the key already has one; returns the one that is stored. */
  claim(owner: string, key: string, create: KeptCreate): Promise<KeptCreate>;
  /** What was claimed has been created. */
  settle(owner: string, key: string, create: KeptCreate): Promise<void>;
  /** Forgets the key. */
  release(owner: string, key: string): Promise<void>;
}

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
        // It may expire between the two.
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

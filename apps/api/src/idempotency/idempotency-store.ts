import { bounds, redisKeys } from '@m2fp/contract';
import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { compactText, expandText, ledgerArguments, ledgerLua } from '@m2fp/queue/retention';
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
/** A record besides its content: its key, its expiry and its place in the owner's ledger. */
const overheadBytes = 300;

/**
 * KEYS: the record, and what the owner's ledger needs. ARGV: the record, TTL in s, id and bytes for the ledger, and the
 * ledger's. Returns the record that is there now.
 */
const claimKey = `
local kept = redis.call('GET', KEYS[1])
if kept then return kept end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local k, a = 2, 5
${ledgerLua}
enter(ARGV[3], ARGV[4])
return ARGV[1]
`;

/**
 * KEYS: the record, and what the owner's ledger needs. ARGV: the record, id for the ledger, and the ledger's. What it
 * takes more than when it was claimed is a further entry: a batch is claimed without its answer.
 */
const settleKey = `
local before = redis.call('STRLEN', KEYS[1])
if before == 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
local k, a = 2, 3
${ledgerLua}
if #ARGV[1] > before then enter(ARGV[2], #ARGV[1] - before) end
return 1
`;

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
    const { name, hash, ledger } = this.#placesOf(owner, key);
    const text = compactText(create);
    const names = [name, ...ledger.keys];
    const values = [text, keptS, hash, text.length + overheadBytes, ...ledger.args];
    return this.#call(async () => {
      const kept = (await this.#redis.eval(claimKey, names.length, ...names, ...values)) as string;
      return kept === text ? create : keptCreateSchema.parse(expandText(kept));
    });
  }

  async settle(owner: string, key: string, create: KeptCreate): Promise<void> {
    const { name, hash, ledger } = this.#placesOf(owner, key);
    const names = [name, ...ledger.keys];
    const values = [compactText(create), hash, ...ledger.args];
    await this.#call(() => this.#redis.eval(settleKey, names.length, ...names, ...values));
  }

  async release(owner: string, key: string): Promise<void> {
    await this.#call(() => this.#redis.del(this.#keys.idempotency(owner, key)));
  }

  #placesOf(owner: string, key: string) {
    const { prefix, hash } = this.#keys.idempotencyParts(owner, key);
    const ledger = ledgerArguments({
      keys: this.#keys.idempotencyLedger(owner),
      bounds: { entries: bounds.idempotencyRecords.max, bytes: bounds.idempotencyBytes.max },
      ttlS: keptS,
      targets: [{ prefix }],
    });
    return { name: `${prefix}${hash}`, hash, ledger };
  }

  async #read(owner: string, key: string): Promise<KeptCreate | undefined> {
    const text = await this.#redis.get(this.#keys.idempotency(owner, key));
    return text === null ? undefined : keptCreateSchema.parse(expandText(text));
  }
}

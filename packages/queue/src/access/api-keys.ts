import type { RedisKeys } from '@m2fp/contract';
import { createApiKey, formatApiKey, hashSecret, matchesHash, parseApiKey } from './api-key.ts';
import { isValid, keyRecordSchema } from './key-record.ts';
import type { KeyGrant, KeyRecord } from './key-record.ts';
import type { RedisPort } from './redis-port.ts';

/** Stands in for a missing key, so that an unknown id takes as long as a wrong secret. */
const dummyHash = '0'.repeat(64);

/** All API keys: a hash in Redis, id → record. Every method throws what Redis throws. */
export class ApiKeys {
  readonly #redis: Pick<RedisPort, 'hget' | 'hvals' | 'hset' | 'hlen'>;
  readonly #key: string;

  constructor(redis: Pick<RedisPort, 'hget' | 'hvals' | 'hset' | 'hlen'>, keys: Pick<RedisKeys, 'apiKeys'>) {
    this.#redis = redis;
    this.#key = keys.apiKeys;
  }

  /** The key itself is returned here and never again. Throws a ZodError if the grant is not valid. */
  async create(grant: KeyGrant): Promise<{ key: string; record: KeyRecord }> {
    const { id, secret } = createApiKey();
    const record = keyRecordSchema.parse({
      ...grant,
      v: 2,
      id,
      secret_sha256: hashSecret(secret),
      created_at: new Date().toISOString(),
      revoked_at: null,
    } satisfies KeyRecord);
    await this.#redis.hset(this.#key, id, JSON.stringify(record));
    return { key: formatApiKey({ id, secret }), record };
  }

  /** Oldest first, including revoked ones. */
  async list(): Promise<KeyRecord[]> {
    const records = (await this.#redis.hvals(this.#key)).map(readRecord);
    return records.sort((a, b) => a.created_at.localeCompare(b.created_at));
  }

  /**
   * From now on the key is invalid. Its record stays: if the last key were gone, an API on loopback would be open to
   * anyone again. False if there is no such key; safe to repeat.
   */
  async revoke(id: string): Promise<boolean> {
    const record = await this.find(id);
    if (record === undefined) return false;
    if (record.revoked_at !== null) return true;
    await this.#redis.hset(this.#key, id, JSON.stringify({ ...record, revoked_at: new Date().toISOString() }));
    return true;
  }

  /** Whether keys are in use at all. */
  async areConfigured(): Promise<boolean> {
    return (await this.#redis.hlen(this.#key)) > 0;
  }

  async find(id: string): Promise<KeyRecord | undefined> {
    const text = await this.#redis.hget(this.#key, id);
    return text === null ? undefined : readRecord(text);
  }

  /** The record of a valid key; undefined for anything else. */
  async authenticate(text: string): Promise<KeyRecord | undefined> {
    const key = parseApiKey(text);
    if (key === undefined) return undefined;
    const record = await this.find(key.id);
    const isRight = matchesHash(key.secret, record?.secret_sha256 ?? dummyHash);
    return isRight && record !== undefined && isValid(record) ? record : undefined;
  }
}

function readRecord(text: string): KeyRecord {
  return keyRecordSchema.parse(JSON.parse(text));
}

import type { RedisKeys } from '@m2fp/contract';
import { createApiKey, formatApiKey, hashSecret, matchesHash, parseApiKey } from './api-key.ts';
import { KeyAudit } from './key-audit.ts';
import type { KeyOperation } from './key-audit.ts';
import { isValid, keyRecordSchema, ownerFault } from './key-record.ts';
import type { KeyGrant, KeyRecord } from './key-record.ts';
import type { RedisPort } from './redis-port.ts';

/** Stands in for a missing key, so that an unknown id takes as long as a wrong secret. */
const dummyHash = '0'.repeat(64);

/** A key itself is told once, when it is made, and never again. */
export interface NewKey {
  readonly key: string;
  readonly record: KeyRecord;
}

/** All API keys: a hash in Redis, id → record. Every method throws what Redis throws. */
export class ApiKeys {
  readonly #redis: RedisPort;
  readonly #keys: RedisKeys;
  readonly #audit: KeyAudit;

  /** @param actor who works on keys, for the audit log: "ada@host" */
  constructor(redis: RedisPort, keys: RedisKeys, actor = 'unknown') {
    this.#redis = redis;
    this.#keys = keys;
    this.#audit = new KeyAudit(redis, keys, actor);
  }

  /** Throws a ZodError if the grant is not valid, and an Error that says why its owner cannot have it. */
  async create(grant: KeyGrant): Promise<NewKey> {
    const fault = ownerFault(grant.owner, grant.scopes);
    if (fault !== undefined) throw new Error(fault);
    const made = await this.#make(grant);
    await this.#audit.add({ operation: 'created', ...facts(made.record) });
    return made;
  }

  /**
   * A new key with the same owner, scopes, prefixes and shares. The old one stays valid for `overlapS` seconds, so that
   * its users have time to switch; what it made stays the owner's. Undefined if there is no such valid key.
   */
  async rotate(id: string, overlapS: number): Promise<NewKey | undefined> {
    const old = await this.find(id);
    if (old === undefined || !isValid(old)) return undefined;
    const { v: _v, id: _id, secret_sha256: _hash, created_at: _at, revoked_at: _revoked, ...grant } = old;
    const made = await this.#make(grant);
    const end = new Date(Date.now() + overlapS * 1_000).toISOString();
    const expires = old.expires_at !== null && old.expires_at < end ? old.expires_at : end;
    await this.#write({ ...old, expires_at: expires });
    await this.#audit.add({ operation: 'rotated', ...facts(old), detail: `by ${made.record.id}, ends ${expires}` });
    return made;
  }

  /** Oldest first, including revoked ones. */
  async list(): Promise<KeyRecord[]> {
    const records = (await this.#redis.hvals(this.#keys.apiKeys)).map(readRecord);
    return records.sort((a, b) => a.created_at.localeCompare(b.created_at));
  }

  /**
   * From now on the key is invalid, and what it left running is ended by the processes that hear of it. Its record
   * stays: if the last key were gone, an API on loopback would be open to anyone again. False if there is no such key;
   * safe to repeat.
   */
  async revoke(id: string): Promise<boolean> {
    const record = await this.find(id);
    if (record === undefined) return false;
    if (record.revoked_at === null) {
      await this.#write({ ...record, revoked_at: new Date().toISOString() });
      await this.#audit.add({ operation: 'revoked', ...facts(record) });
    }
    await this.#redis.publish(this.#keys.apiKeyChannel, id);
    return true;
  }

  /** Newest first. */
  operations(limit: number): Promise<KeyOperation[]> {
    return this.#audit.list(limit);
  }

  /** Whether keys are in use at all. */
  async areConfigured(): Promise<boolean> {
    return (await this.#redis.hlen(this.#keys.apiKeys)) > 0;
  }

  async find(id: string): Promise<KeyRecord | undefined> {
    const text = await this.#redis.hget(this.#keys.apiKeys, id);
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

  async noteUse(id: string): Promise<void> {
    await this.#redis.hset(this.#keys.apiKeyUses, id, new Date().toISOString());
  }

  /** When each key was last used, ISO 8601, to about a minute. */
  async uses(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await this.#redis.hgetall(this.#keys.apiKeyUses)));
  }

  async #make(grant: KeyGrant): Promise<NewKey> {
    const { id, secret } = createApiKey();
    const record = keyRecordSchema.parse({
      ...grant,
      v: 2,
      id,
      secret_sha256: hashSecret(secret),
      created_at: new Date().toISOString(),
      revoked_at: null,
    } satisfies KeyRecord);
    await this.#write(record);
    return { key: formatApiKey({ id, secret }), record };
  }

  async #write(record: KeyRecord): Promise<void> {
    await this.#redis.hset(this.#keys.apiKeys, record.id, JSON.stringify(record));
  }
}

function facts({ id, owner, name }: KeyRecord): Pick<KeyOperation, 'key' | 'owner' | 'name'> {
  return { key: id, owner, name };
}

function readRecord(text: string): KeyRecord {
  return keyRecordSchema.parse(JSON.parse(text));
}

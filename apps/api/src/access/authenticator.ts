import { ApiKeys, takeRequest } from '@m2fp/queue/access';
import type { PrefixSettings, RateVerdict } from '@m2fp/queue/access';
import { redisKeys } from '@m2fp/contract';
import type { RedisKeys, ShareLimits } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';
import { anonymousCaller, callerFromKey } from './caller.ts';
import type { Caller } from './caller.ts';

/** Identifies who sent a request. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface Authenticator {
  /** @param key as it was sent; undefined if none was. Returns undefined if the request must be refused. */
  identify(key: string | undefined): Promise<Caller | undefined>;
  /** Counts a request, or as many as it costs, against the caller's limit; undefined if there is none. */
  countRequest(caller: Caller, cost?: number): Promise<RateVerdict | undefined>;
}

export interface AuthenticatorSettings {
  /** Redis's key prefix. */
  readonly prefix: string;
  /** Names of the models' parse queues. */
  readonly queues: () => readonly string[];
  readonly timeoutMs: number;
  /** Only this machine can reach the API. */
  readonly isLoopback: boolean;
  /** Accept requests from anywhere while no key is configured. */
  readonly allowAnonymous: boolean;
  readonly prefixes: PrefixSettings;
  /** Of every owner, unless the key says otherwise. */
  readonly shares: ShareLimits;
}

const useIntervalMs = 60_000;

/** Against the API keys in Redis. */
export class RedisAuthenticator implements Authenticator {
  readonly #redis: Redis;
  readonly #call: RedisCall;
  readonly #redisKeys: RedisKeys;
  readonly #apiKeys: ApiKeys;
  readonly #settings: AuthenticatorSettings;
  /** Key id → when its use was last noted, ms. As many as there are valid keys. */
  readonly #notedUses = new Map<string, number>();

  constructor(redis: Redis, settings: AuthenticatorSettings) {
    this.#redis = redis;
    this.#call = createRedisCall(redis, settings.timeoutMs);
    this.#redisKeys = redisKeys(settings.prefix);
    this.#apiKeys = new ApiKeys(redis, this.#redisKeys);
    this.#settings = settings;
  }

  async identify(key: string | undefined): Promise<Caller | undefined> {
    const { isLoopback, allowAnonymous, prefixes, shares } = this.#settings;
    if (key !== undefined) {
      const record = await this.#call(() => this.#apiKeys.authenticate(key));
      if (record === undefined) return undefined;
      this.#noteUse(record.id);
      return callerFromKey(record, prefixes, shares);
    }
    if (!isLoopback && !allowAnonymous) return undefined;
    return (await this.areKeysConfigured()) ? undefined : anonymousCaller(prefixes);
  }

  async countRequest({ owner, limits: { requests } }: Caller, cost?: number): Promise<RateVerdict | undefined> {
    if (requests === null) return undefined;
    const queues = this.#settings.queues();
    return this.#call(() =>
      takeRequest(this.#redis, this.#redisKeys, { owner, queues }, { perMinute: requests, cost }),
    );
  }

  areKeysConfigured(): Promise<boolean> {
    return this.#call(() => this.#apiKeys.areConfigured());
  }

  /** Once a minute, and not waited for: it is for people, and no request should fail for it. */
  #noteUse(id: string): void {
    const now = Date.now();
    if (now - (this.#notedUses.get(id) ?? 0) < useIntervalMs) return;
    this.#notedUses.set(id, now);
    this.#call(() => this.#apiKeys.noteUse(id)).catch(() => this.#notedUses.delete(id));
  }
}

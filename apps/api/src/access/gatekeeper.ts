import { ApiKeys, takeRequest } from '@m2fp/queue/access';
import type { RateVerdict } from '@m2fp/queue/access';
import { redisKeys } from '@m2fp/contract';
import type { RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';
import { anonymousCaller, callerOf } from './caller.ts';
import type { Caller } from './caller.ts';

/** Knows who may come in. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface Gatekeeper {
  /** @param key as it was sent; undefined where none was. Returns undefined where nobody is let in by it. */
  identify(key: string | undefined): Promise<Caller | undefined>;
  /** Counts a request against the caller's limit; undefined where there is none. */
  count(caller: Caller): Promise<RateVerdict | undefined>;
}

export interface GatekeeperSettings {
  /** Redis's key prefix. */
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Only this machine can reach the API. */
  readonly isLoopback: boolean;
  /** Let anybody in from anywhere while no key is configured. */
  readonly allowAnonymous: boolean;
}

export class RedisGatekeeper implements Gatekeeper {
  readonly #redis: Redis;
  readonly #call: RedisCall;
  readonly #redisKeys: RedisKeys;
  readonly #keys: ApiKeys;
  readonly #settings: GatekeeperSettings;

  constructor(redis: Redis, settings: GatekeeperSettings) {
    this.#redis = redis;
    this.#call = createRedisCall(redis, settings.timeoutMs);
    this.#redisKeys = redisKeys(settings.prefix);
    this.#keys = new ApiKeys(redis, this.#redisKeys);
    this.#settings = settings;
  }

  async identify(key: string | undefined): Promise<Caller | undefined> {
    if (key !== undefined) {
      const record = await this.#call(() => this.#keys.authenticate(key));
      return record === undefined ? undefined : callerOf(record);
    }
    const { isLoopback, allowAnonymous } = this.#settings;
    if (!isLoopback && !allowAnonymous) return undefined;
    return (await this.areKeysConfigured()) ? undefined : anonymousCaller(isLoopback);
  }

  async count({ owner, requestsPerMinute }: Caller): Promise<RateVerdict | undefined> {
    if (requestsPerMinute === null) return undefined;
    return this.#call(() => takeRequest(this.#redis, this.#redisKeys, owner, requestsPerMinute));
  }

  areKeysConfigured(): Promise<boolean> {
    return this.#call(() => this.#keys.areConfigured());
  }

  /** The caller's `jobs_at_once`; null = no limit. */
  async jobsAtOnce(owner: string): Promise<number | null> {
    const record = await this.#call(() => this.#keys.find(owner));
    return record?.jobs_at_once ?? null;
  }
}

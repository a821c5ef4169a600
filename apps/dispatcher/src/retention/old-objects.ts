/**
 * Removes results and uploads from the bucket once they are old enough, where the operator wants the service to do so.
 * One dispatcher at a time goes through a prefix, page by page; how far it got is in Redis, so that each run is short
 * and any dispatcher continues.
 */
import { randomBytes } from 'node:crypto';
import type { RedisKeys } from '@m2fp/contract';
import type { Logger } from '@m2fp/service/logger';
import { withinTime, type ObjectStorage, type StoredObject } from '@m2fp/storage';
import type { Redis } from 'ioredis';

export interface SweptPrefix {
  readonly kind: 'results' | 'uploads';
  /** Ends with a slash. Nothing outside is looked at. */
  readonly prefix: string;
  readonly retentionS: number;
}

export interface OldObjectsParts {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly storage: Pick<ObjectStorage, 'list' | 'remove'>;
  readonly timeoutMs: number;
  readonly swept: readonly SweptPrefix[];
  /** What unfinished jobs and batches need, read when there is something to remove. Undefined if that is unknown. */
  readonly readNeeded: () => Promise<((key: string) => boolean) | undefined>;
  readonly onRemoved: (kind: SweptPrefix['kind'], count: number) => void;
  readonly log: Logger;
}

/** Of one run over one prefix. */
const bound = { pages: 10, pageSize: 1_000, removals: 2_000 };
/** Longer than a page takes; renewed at each page. */
const lockMs = 120_000;
const longestPauseMs = 3_600_000;

/** KEYS: the lock. ARGV: token, ms. 1 = it is still ours. */
const renewLock = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;
const dropLock = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

export class OldObjects {
  readonly #parts: OldObjectsParts;
  readonly #token = randomBytes(8).toString('hex');

  constructor(parts: OldObjectsParts) {
    this.#parts = parts;
  }

  /** A bounded step, unless another dispatcher is at it. Throws what Redis and storage throw. */
  async run(signal: AbortSignal): Promise<void> {
    const { redis, keys, swept } = this.#parts;
    if (swept.length === 0) return;
    if ((await redis.set(keys.sweepLock, this.#token, 'PX', lockMs, 'NX')) !== 'OK') return;
    try {
      for (const each of swept) if (await this.#isDue(each)) await this.#sweep(each, signal);
    } finally {
      await redis.eval(dropLock, 1, keys.sweepLock, this.#token).catch(() => undefined);
    }
  }

  async #isDue({ kind }: SweptPrefix): Promise<boolean> {
    const { redis, keys } = this.#parts;
    return Number((await redis.hget(keys.sweepState, `${kind}:next`)) ?? 0) <= Date.now();
  }

  async #sweep(each: SweptPrefix, signal: AbortSignal): Promise<void> {
    const { redis, keys, storage, timeoutMs, onRemoved, log } = this.#parts;
    const { kind, prefix } = each;
    let cursor = (await redis.hget(keys.sweepState, `${kind}:cursor`)) || undefined;
    let removed = 0;
    for (let page = 0; page < bound.pages && removed < bound.removals && !signal.aborted; page++) {
      if ((await redis.eval(renewLock, 1, keys.sweepLock, this.#token, lockMs)) !== 1) break;
      const listed = await withinTime(
        timeoutMs,
        (within) => storage.list(prefix, { cursor, limit: bound.pageSize, signal: within }),
        signal,
      );
      const old = await this.#removable(listed.objects, each);
      if (old === undefined) break;
      // One by one, each in its time: a page of them may take longer than one call to storage may.
      for (const { key } of old) {
        await withinTime(timeoutMs, (within) => storage.remove([key], { signal: within }), signal);
      }
      removed += old.length;
      onRemoved(kind, old.length);
      cursor = listed.cursor;
      await redis.hset(keys.sweepState, `${kind}:cursor`, cursor ?? '');
      if (cursor === undefined) {
        await redis.hset(keys.sweepState, `${kind}:next`, Date.now() + pauseMs(each));
        break;
      }
    }
    if (removed > 0) log.info({ reason: kind, total: removed }, 'old objects were removed');
  }

  /** Undefined if what is needed is unknown. */
  async #removable(
    objects: readonly StoredObject[],
    { prefix, retentionS }: SweptPrefix,
  ): Promise<StoredObject[] | undefined> {
    const before = Date.now() - retentionS * 1_000;
    const old = objects.filter(({ key, modifiedAt }) => key.startsWith(prefix) && modifiedAt.getTime() < before);
    if (old.length === 0) return [];
    const isNeeded = await this.#parts.readNeeded();
    return isNeeded && old.filter(({ key }) => !isNeeded(key));
  }
}

/** Between two passes: a tenth of how long objects are kept, at most an hour. */
function pauseMs({ retentionS }: SweptPrefix): number {
  return Math.min(longestPauseMs, retentionS * 100);
}

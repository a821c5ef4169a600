/**
 * Ends what revoked API keys have begun: their open batches, their jobs, queued or running, and their pending
 * deliveries. It does so when it hears of a revocation, and also looks periodically for keys that were revoked while no
 * dispatcher was listening. Every step can be repeated. What slips through, because it was just being created, is not
 * started: workers and deliveries look at the key too.
 */
import type { RedisKeys } from '@m2fp/contract';
import type { ApiKeys } from '@m2fp/queue/access';
import type { Batches } from '@m2fp/queue/batches';
import { cancelJob, type CancelParts } from '@m2fp/queue/jobs';
import { findRevoked, listRevoked, unfinishedJobsOf } from '@m2fp/queue/revocation';
import type { Deliveries } from '@m2fp/queue/webhooks';
import type { Logger } from '@m2fp/service/logger';
import { repeatEvery, type Routine } from '@m2fp/service/repeat';
import type { Redis } from 'ioredis';

export interface RevocationParts {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly apiKeys: Pick<ApiKeys, 'find'>;
  /** All models' queues. */
  readonly models: () => readonly { readonly parse: CancelParts; readonly batches: OpenBatches }[];
  readonly deliveries: Pick<Deliveries, 'endAllOf'>;
  readonly log: Logger;
}

type OpenBatches = Pick<Batches, 'openOf' | 'requestCancel'>;

/** A request that had the key just before may still be creating something. */
const settlingMs = 60_000;
/** Jobs canceled at once. */
const concurrency = 50;

export class RevocationSweep {
  readonly #parts: RevocationParts;
  /** Sweeps in progress. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: RevocationParts) {
    this.#parts = parts;
  }

  /** For a key that was revoked or changed just now. Never throws. */
  async hear(keyId: string): Promise<void> {
    const { redis, keys, log } = this.#parts;
    try {
      if ((await findRevoked(redis, keys, [keyId])).has(keyId)) await this.#sweep(keyId);
    } catch (error) {
      log.warn({ keyId, err: error }, 'what an API key began could not be ended yet');
    }
  }

  /** Sweeps now, and again `ms` after each run. */
  sweepEvery(ms: number): Routine {
    const { log } = this.#parts;
    const onError = (error: unknown): void => log.warn({ err: error }, 'revoked API keys could not be looked for');
    return repeatEvery(ms, (signal) => this.sweepAll(signal), onError);
  }

  /** Every revoked key of which something may be left. */
  async sweepAll(signal: AbortSignal): Promise<void> {
    const { redis, keys } = this.#parts;
    const swept = new Set(await redis.smembers(keys.sweptApiKeys));
    for (const [keyId, revokedAtMs] of await listRevoked(redis, keys)) {
      if (swept.has(keyId) || signal.aborted) continue;
      const isSettled = Date.now() - revokedAtMs > settlingMs;
      await this.#sweep(keyId);
      if (isSettled) await redis.sadd(keys.sweptApiKeys, keyId);
    }
  }

  /** A sweep that is in progress may be past what came since, so another one follows it. */
  async #sweep(keyId: string): Promise<void> {
    const before = this.#running.get(keyId) ?? Promise.resolve();
    const sweep = before.catch(() => undefined).then(() => this.#end(keyId));
    this.#running.set(keyId, sweep);
    try {
      await sweep;
    } finally {
      if (this.#running.get(keyId) === sweep) this.#running.delete(keyId);
    }
  }

  async #end(keyId: string): Promise<void> {
    const { apiKeys, models, deliveries, log } = this.#parts;
    const owner = (await apiKeys.find(keyId))?.owner;
    // First, so that they add no more jobs.
    let opened = 0;
    for (const { batches } of models()) {
      const open = await batches.openOf(keyId);
      for (const id of open) await batches.requestCancel(id);
      opened += open.length;
    }
    let canceled = 0;
    for (const { parse } of models()) canceled += await cancelJobs(keyId, parse);
    const ended = owner === undefined ? 0 : await deliveries.endAllOf(keyId, owner);
    if (opened + canceled + ended === 0) return;
    log.info({ keyId, batches: opened, canceled, deliveries: ended }, 'ended what a revoked API key began');
  }
}

async function cancelJobs(keyId: string, parse: CancelParts): Promise<number> {
  let canceled = 0;
  for await (const ids of unfinishedJobsOf(keyId, parse.queue, parse.redis)) {
    for (let start = 0; start < ids.length; start += concurrency) {
      const some = ids.slice(start, start + concurrency);
      await Promise.all(some.map((id) => cancelJob(id, parse, 'key-revoked')));
    }
    canceled += ids.length;
  }
  return canceled;
}

/**
 * Looks after jobs that have ended and were left as they were, because whoever ended them died, is of an earlier
 * version, or had no Redis: each is handled as if it had just ended. And removes jobs past their retention, which the
 * queue itself does only while it works.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSettled } from '@m2fp/queue/retention';
import type { Logger } from '@m2fp/service/logger';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export interface StragglerParts {
  readonly redis: Redis;
  readonly queue: Queue;
  /** Handles a job that has ended. Safe to repeat. */
  readonly handle: (jobId: string) => Promise<void>;
  readonly retentionS: number;
  readonly log: Logger;
}

const sets = ['completed', 'failed'] as const;
/** Looked at in one run, of each kind. */
const pageSize = 500;
/** For those who end a job to do it themselves. */
const graceMs = 10_000;

export class Stragglers {
  readonly #parts: StragglerParts;
  /** Up to when all that ended has been looked at, by this process. */
  readonly #seen: Record<(typeof sets)[number], string> = { completed: '-inf', failed: '-inf' };

  constructor(parts: StragglerParts) {
    this.#parts = parts;
  }

  /** A bounded step; what is left is for the next run. */
  async run(signal: AbortSignal): Promise<void> {
    for (const set of sets) {
      if (signal.aborted) return;
      await this.#removeOld(set);
      await this.#look(set, signal);
    }
  }

  async #removeOld(set: (typeof sets)[number]): Promise<void> {
    const { redis, queue, retentionS } = this.#parts;
    const keptMs = retentionS * 1_000;
    if ((await redis.zcount(queue.toKey(set), '-inf', Date.now() - keptMs)) === 0) return;
    await queue.clean(keptMs, pageSize, set);
  }

  async #look(set: (typeof sets)[number], signal: AbortSignal): Promise<void> {
    const { redis, queue, handle, log } = this.#parts;
    const until = String(Date.now() - graceMs);
    const range = [this.#seen[set], until, 'BYSCORE', 'LIMIT', 0, pageSize, 'WITHSCORES'] as const;
    const page = await redis.zrange(queue.toKey(set), ...range);
    const ids = page.filter((_, place) => place % 2 === 0);
    for (const [place, id] of ids.entries()) {
      if (signal.aborted) return;
      if (await isSettled(queue, redis, id)) continue;
      await handle(id).catch((error: unknown) => log.error({ jobId: id, err: error }, 'an ended job was not handled'));
      // Thousands may be left by an earlier version; nobody waits for them.
      if (place % 50 === 49) await sleep(20, undefined, { signal }).catch(() => undefined);
    }
    const [first, last] = [page[1], page.at(-1)];
    if (last === undefined) return;
    // Again from the last one on: others may have ended in the same millisecond.
    this.#seen[set] = ids.length === pageSize && first === last ? `(${last}` : last;
  }
}

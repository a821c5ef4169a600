/**
 * Looks after jobs that have ended and were left as they were, because whoever ended them died, is of an earlier
 * version, or had no Redis: each is handled as if it had just ended. And removes jobs past their retention, which the
 * queue itself does only while it works.
 */
import { unsettledOf } from '@m2fp/queue/retention';
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
/** Looked at together; and handled in one run, of each kind. */
const pageSize = 500;
/** Looked at in one run. */
const mostPages = 20;
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
    let handled = 0;
    for (let page = 0; page < mostPages && handled < pageSize && !signal.aborted; page++) {
      const ids = await this.#nextPage(set);
      const { redis, queue, handle, log } = this.#parts;
      for (const id of await unsettledOf(queue, redis, ids)) {
        if (signal.aborted) return;
        await handle(id).catch((error: unknown) =>
          log.error({ jobId: id, err: error }, 'an ended job was not handled'),
        );
        handled += 1;
      }
      if (ids.length < pageSize) return;
    }
  }

  /** The next that ended, oldest first. */
  async #nextPage(set: (typeof sets)[number]): Promise<string[]> {
    const { redis, queue } = this.#parts;
    const until = String(Date.now() - graceMs);
    const range = [this.#seen[set], until, 'BYSCORE', 'LIMIT', 0, pageSize, 'WITHSCORES'] as const;
    const page = await redis.zrange(queue.toKey(set), ...range);
    const [first, last] = [page[1], page.at(-1)];
    const ids = page.filter((_, place) => place % 2 === 0);
    // Again from the last one on: others may have ended in the same millisecond.
    if (last !== undefined) this.#seen[set] = ids.length === pageSize && first === last ? `(${last}` : last;
    return ids;
  }
}

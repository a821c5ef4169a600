import { shareNames } from '@m2fp/contract';
import type { ShareName } from '@m2fp/contract';
import { Counter, Gauge, type Registry } from '@m2fp/service/metrics';
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import type { Caller } from './caller.ts';

/** Owners with a series of their own: the ones that were here last, and not for long. */
const shownOwners = 500;
const shownMs = 300_000;

interface Seen {
  readonly atMs: number;
  readonly limits: Caller['limits'];
  readonly held: Readonly<Partial<Record<ShareName, number>>>;
}

/** How much of its shares each owner has, as of its last request to this process. */
export class ShareMetrics {
  /** By owner, the latest last. */
  readonly #seen = new Map<string, Seen>();
  readonly #refused: Counter<'owner' | 'share'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['owner', 'share'] as const;
    this.#refused = new Counter({
      name: 'm2fp_owner_share_refused_total',
      help: 'Requests refused because an owner had all of a share.',
      labelNames,
      registers,
    });
    new Gauge({
      name: 'm2fp_owner_share_limit',
      help: 'What an owner may have of a share. Owners of the last five minutes.',
      labelNames,
      registers,
      collect: this.#collector(({ limits }, name) => limits[name]),
    });
    new Gauge({
      name: 'm2fp_owner_share_held',
      help: 'What an owner has of a share. Owners of the last five minutes.',
      labelNames,
      registers,
      collect: this.#collector(({ held }, name) => held[name]),
    });
  }

  observe(context: Context<ApiEnv>): void {
    const caller = context.get('caller');
    const held = context.get('held');
    if (caller === undefined || held === undefined) return;
    const { owner, limits } = caller;
    const share = context.get('exceeded');
    if (share !== undefined) this.#refused.inc({ owner, share });
    this.#seen.delete(owner);
    this.#seen.set(owner, { atMs: Date.now(), limits, held });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > shownOwners && oldest !== undefined) this.#forget(oldest);
  }

  #forget(owner: string): void {
    this.#seen.delete(owner);
    for (const share of shareNames) this.#refused.remove({ owner, share });
  }

  /** Fills a gauge with what a scrape is to see. */
  #collector(read: (seen: Seen, name: ShareName) => number | null | undefined) {
    const seen = this.#seen;
    return function (this: Gauge<'owner' | 'share'>): void {
      this.reset();
      for (const [owner, last] of seen) {
        if (Date.now() - last.atMs > shownMs) continue;
        for (const share of shareNames) {
          const value = read(last, share);
          if (value !== null && value !== undefined) this.set({ owner, share }, value);
        }
      }
    };
  }
}

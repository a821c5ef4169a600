import { shareNames } from '@m2fp/contract';
import type { ShareName } from '@m2fp/contract';
import { Counter, Gauge, type Registry } from '@m2fp/service/metrics';
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import type { Caller } from './caller.ts';

/** Owners that are remembered: the ones that were here last. */
const knownOwners = 500;
/** Owners with a series of their own, so that there are never more series than a dashboard can show. */
const shownOwners = 20;
/** How long what an owner had is worth showing. */
const shownMs = 300_000;

interface Seen {
  readonly atMs: number;
  readonly limits: Caller['limits'];
  readonly held: Readonly<Partial<Record<ShareName, number>>>;
}

/**
 * How much of its shares each owner has, as of its last request to this process; of those owners that have the most of
 * what they may have. What was refused counts for all owners together, and for those that were refused most.
 */
export class ShareMetrics {
  /** By owner, the latest last. */
  readonly #seen = new Map<string, Seen>();
  /** By owner, of those in `#seen`. */
  readonly #refused = new Map<string, Map<ShareName, number>>();
  readonly #refusedOfAll: Counter<'share'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['owner', 'share'] as const;
    this.#refusedOfAll = new Counter({
      name: 'm2fp_share_refused_total',
      help: 'Requests refused because their owner had all of a share.',
      labelNames: ['share'],
      registers,
    });
    for (const share of shareNames) this.#refusedOfAll.inc({ share }, 0);
    const refused = this.#refused;
    new Counter({
      name: 'm2fp_owner_share_refused_total',
      help: `The same by owner, of the ${shownOwners} owners that were refused most.`,
      labelNames,
      registers,
      collect() {
        this.reset();
        const total = (counts: ReadonlyMap<ShareName, number>): number =>
          [...counts.values()].reduce((sum, count) => sum + count, 0);
        const most = [...refused].sort(([, a], [, b]) => total(b) - total(a)).slice(0, shownOwners);
        for (const [owner, counts] of most) {
          for (const [share, count] of counts) this.inc({ owner, share }, count);
        }
      },
    });
    const last = `Of the ${shownOwners} owners that have the most of a share, as of their last request in five minutes.`;
    new Gauge({
      name: 'm2fp_owner_share_limit',
      help: `What an owner may have of a share. ${last}`,
      labelNames,
      registers,
      collect: this.#collector(({ limits }, name) => limits[name]),
    });
    new Gauge({
      name: 'm2fp_owner_share_held',
      help: `What an owner has of a share. ${last}`,
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
    this.#seen.delete(owner);
    this.#seen.set(owner, { atMs: Date.now(), limits, held });
    const share = context.get('exceeded');
    if (share !== undefined) this.#countRefused(owner, share);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > knownOwners && oldest !== undefined) {
      this.#seen.delete(oldest);
      this.#refused.delete(oldest);
    }
  }

  #countRefused(owner: string, share: ShareName): void {
    this.#refusedOfAll.inc({ share });
    const counts = this.#refused.get(owner) ?? new Map<ShareName, number>();
    counts.set(share, (counts.get(share) ?? 0) + 1);
    this.#refused.set(owner, counts);
  }

  /** Fills a gauge with what a scrape is to see. */
  #collector(read: (seen: Seen, name: ShareName) => number | null | undefined) {
    const seen = this.#seen;
    return function (this: Gauge<'owner' | 'share'>): void {
      this.reset();
      const recent = [...seen].filter(([, { atMs }]) => Date.now() - atMs <= shownMs);
      const most = recent.sort(([, a], [, b]) => fullness(b) - fullness(a)).slice(0, shownOwners);
      for (const [owner, last] of most) {
        for (const share of shareNames) {
          const value = read(last, share);
          if (value !== null && value !== undefined) this.set({ owner, share }, value);
        }
      }
    };
  }
}

/** How much of its fullest share an owner has, 0 to 1. */
function fullness({ limits, held }: Seen): number {
  return Math.max(0, ...shareNames.map((name) => (held[name] ?? 0) / (limits[name] ?? Infinity)));
}

/**
 * What is held in this process at once, by owner and in all: requests that wait, streams, downloads, bodies on their
 * way. Each is taken before the work begins and given back at its end.
 */
import { createHash } from 'node:crypto';
import { AppError, bounds } from '@m2fp/contract';
import type { ShareName } from '@m2fp/contract';
import { Ledger, MemoryBudget, tooManyBodies } from './memory-budget.ts';
import type { Holder } from './memory-budget.ts';
import { overloaded, ShareExceeded } from './share-refusals.ts';

/** The shares that this process keeps itself. */
type HeldName = Extract<ShareName, 'waiters' | 'streams' | 'downloads' | 'upload_bytes'>;

const heldNames = ['waiters', 'streams', 'downloads', 'upload_bytes'] as const satisfies readonly HeldName[];

/** What one owner holds, or all do. */
type Held = Readonly<Record<HeldName, number>>;

/** Gives back what was taken; further calls do nothing. */
export type Release = () => void;

/** The limits for all owners together. Bodies have none of their own, only one on what is in memory. */
type TotalLimits = Readonly<Record<Exclude<HeldName, 'upload_bytes'>, number>>;

export function totalLimits(settings: {
  readonly maxSyncWaiters: number;
  readonly maxEventStreams: number;
}): TotalLimits {
  return {
    waiters: settings.maxSyncWaiters,
    streams: settings.maxEventStreams,
    downloads: bounds.downloads.max,
  };
}

const tooMany: Readonly<Record<HeldName, string>> = {
  waiters: 'Too many requests are already waiting.',
  streams: 'Too many event streams are open.',
  downloads: 'Too many result files are being sent.',
  upload_bytes: tooManyBodies,
};

export class Shares {
  /** By a key's hash. */
  readonly #inProgress = new Map<string, number>();
  readonly #most: Held;
  readonly #ledgers = Object.fromEntries(heldNames.map((name) => [name, new Ledger()])) as Record<HeldName, Ledger>;
  readonly memory = new MemoryBudget();

  constructor(limits: TotalLimits) {
    this.#most = { ...limits, upload_bytes: Infinity };
  }

  /** Throws `rate_limited` if the owner has its share already, and `overloaded` if all together have too much. */
  take(name: HeldName, holder: Holder): Release {
    this.raise(name, holder, 1);
    return once(() => this.lower(name, holder, 1));
  }

  /** Undefined where `take` throws. */
  tryTake(name: HeldName, holder: Holder): Release | undefined {
    return this.#refusal(name, holder, 1) === undefined ? this.take(name, holder) : undefined;
  }

  /** Throws what `take` would throw now. */
  assertRoom(name: HeldName, holder: Holder): void {
    const refusal = this.#refusal(name, holder, 1);
    if (refusal !== undefined) throw refusal;
  }

  /** As `take`, for an amount that grows; to be undone with `lower`. */
  raise(name: HeldName, holder: Holder, amount: number): void {
    const refusal = this.#refusal(name, holder, amount);
    if (refusal !== undefined) throw refusal;
    this.#ledgers[name].add(holder.owner, amount);
  }

  lower(name: HeldName, { owner }: Holder, amount: number): void {
    this.#ledgers[name].add(owner, -amount);
  }

  #refusal(name: HeldName, { owner, limits }: Holder, amount: number): AppError | undefined {
    const ledger = this.#ledgers[name];
    const own = limits[name] ?? Infinity;
    if (ledger.of(owner) + amount > own) return new ShareExceeded(name, own);
    return ledger.total + amount > this.#most[name] ? overloaded(tooMany[name]) : undefined;
  }

  /**
   * Begins a request. How many with the same key are in progress is known before anything is asked of Redis, so that a
   * burst of thousands costs next to nothing. Throws `rate_limited`.
   * @param sent the key as it came, not its id: whoever does not have the key must not keep out those who do
   */
  begin(sent: string): Release {
    const key = createHash('sha256').update(sent).digest('base64');
    const others = this.#inProgress.get(key) ?? 0;
    const { max, of } = bounds.requestsAtOnce;
    if (others >= max) throw new AppError('rate_limited', `At most ${max} ${of}.`);
    this.#inProgress.set(key, others + 1);
    return once(() => {
      const left = (this.#inProgress.get(key) ?? 1) - 1;
      if (left > 0) this.#inProgress.set(key, left);
      else this.#inProgress.delete(key);
    });
  }

  held(owner: string): Held {
    return amounts((ledger) => ledger.of(owner), this.#ledgers);
  }

  totals(): Held & { readonly memory: number } {
    return { ...amounts((ledger) => ledger.total, this.#ledgers), memory: this.memory.total };
  }
}

export function once(release: Release): Release {
  let isHeld = true;
  return () => {
    if (isHeld) release();
    isHeld = false;
  };
}

function amounts(read: (ledger: Ledger) => number, ledgers: Readonly<Record<HeldName, Ledger>>): Held {
  return Object.fromEntries(heldNames.map((name) => [name, read(ledgers[name])])) as Held;
}

/** The body of one request: what of it is on its way, and what is in memory. */
export class BodyHold {
  readonly #shares: Shares;
  readonly #holder: Holder;
  #expected = 0;
  #kept = 0;

  constructor(shares: Shares, holder: Holder) {
    this.#shares = shares;
    this.#holder = holder;
  }

  /** Bytes that are announced, or have arrived unannounced. Throws `rate_limited`. */
  expect(bytes: number): void {
    this.#shares.raise('upload_bytes', this.#holder, bytes);
    this.#expected += bytes;
  }

  /** Bytes that are about to be in memory. Throws `overloaded`. */
  keep(bytes: number): void {
    this.#shares.memory.raise(this.#holder, bytes);
    this.#kept += bytes;
  }

  /** The same, but waits for room, for a few seconds. */
  async keepSoon(bytes: number, signal: AbortSignal): Promise<void> {
    await this.#shares.memory.raiseSoon(this.#holder, bytes, signal);
    this.#kept += bytes;
  }

  release(): void {
    this.#shares.lower('upload_bytes', this.#holder, this.#expected);
    this.#shares.memory.lower(this.#holder, this.#kept);
    this.#expected = 0;
    this.#kept = 0;
  }
}

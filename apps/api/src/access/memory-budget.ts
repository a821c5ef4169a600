/** Memory of this process that all requests share. */
import { bounds } from '@m2fp/contract';
import type { Caller } from './caller.ts';
import { overloaded } from './share-refusals.ts';

/** Who takes something of this process. */
export type Holder = Pick<Caller, 'owner' | 'limits'>;

/** Amounts by owner, and their sum. */
export class Ledger {
  readonly #byOwner = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  of(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  add(owner: string, amount: number): void {
    const held = this.of(owner) + amount;
    if (held > 0) this.#byOwner.set(owner, held);
    else this.#byOwner.delete(owner);
    this.#total += amount;
  }
}

export const tooManyBodies = 'Too many request bodies are on their way.';

interface Waiting {
  readonly holder: Holder;
  readonly bytes: number;
  readonly end: (isGranted: boolean) => void;
}

/** No owner with limits gets more than half of the memory, so that others always find some. */
export class MemoryBudget {
  readonly #held = new Ledger();
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();

  get total(): number {
    return this.#held.total;
  }

  /** To be undone with `lower`. Throws `overloaded`. */
  raise(holder: Holder, bytes: number): void {
    if (!this.#hasRoom(bytes) || this.#hasOwnShare(holder, bytes)) {
      throw overloaded(tooManyBodies);
    }
    this.#held.add(holder.owner, bytes);
  }

  /** The same, but waits for room for a few seconds, after those that came before. */
  async raiseSoon(holder: Holder, bytes: number, signal: AbortSignal): Promise<void> {
    const isFree = this.#hasRoom(bytes) && !this.#hasOwnShare(holder, bytes) && !this.#isAnyNext();
    if (isFree || this.#waiting.size >= bounds.bodiesWaiting.max) return this.raise(holder, bytes);
    const { promise, resolve: end } = Promise.withResolvers<boolean>();
    const waiting = { holder, bytes, end };
    const late = AbortSignal.any([signal, AbortSignal.timeout(bounds.bodyWait.max * 1_000)]);
    // No event follows: it would wait as long as nobody gives anything back.
    if (late.aborted) throw overloaded('The client hung up.');
    const giveUp = (): void => end(!this.#waiting.delete(waiting));
    late.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(waiting);
    const isGranted = await promise;
    late.removeEventListener('abort', giveUp);
    if (!isGranted) throw overloaded(tooManyBodies);
  }

  lower({ owner }: Holder, bytes: number): void {
    if (bytes === 0) return;
    this.#held.add(owner, -bytes);
    for (const waiting of this.#waiting) {
      if (this.#hasOwnShare(waiting.holder, waiting.bytes)) continue;
      if (!this.#hasRoom(waiting.bytes)) return;
      this.#waiting.delete(waiting);
      this.#held.add(waiting.holder.owner, waiting.bytes);
      waiting.end(true);
    }
  }

  /** One waits for the others, not for its own owner. */
  #isAnyNext(): boolean {
    return [...this.#waiting].some(({ holder, bytes }) => !this.#hasOwnShare(holder, bytes));
  }

  #hasRoom(bytes: number): boolean {
    return this.#held.total + bytes <= bounds.bodyMemory.max;
  }

  /** The owner would have more than its half. */
  #hasOwnShare({ owner, limits }: Holder, bytes: number): boolean {
    return limits.upload_bytes !== null && this.#held.of(owner) + bytes > bounds.bodyMemory.max / 2;
  }
}

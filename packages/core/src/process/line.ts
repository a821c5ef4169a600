import { AppError } from '@m2fp/contract';
import { canceled } from './parser-process.ts';

interface Waiter<S> {
  readonly alone: boolean;
  readonly resolve: (seat: S) => void;
  readonly reject: (error: AppError) => void;
}

/** Those who wait for a seat in a parser process, in order. */
export class Line<S> {
  readonly #findSeat: (alone: boolean) => S | undefined;
  readonly #maxWaiting: number;
  readonly #waiters: Waiter<S>[] = [];

  /** @param findSeat takes a seat, if there is one; `alone`: in a process with nobody else in it */
  constructor(findSeat: (alone: boolean) => S | undefined, maxWaiting: number) {
    this.#findSeat = findSeat;
    this.#maxWaiting = maxWaiting;
  }

  get length(): number {
    return this.#waiters.length;
  }

  /**
   * Resolves to a seat. Whoever wants to be alone has been here before: they are served first, and never refused.
   * Throws `overloaded` if too many wait, and `canceled`.
   */
  async take(signal: AbortSignal, alone: boolean): Promise<S> {
    if (signal.aborted) throw canceled(signal);
    const seat = this.#waiters.length === 0 || alone ? this.#findSeat(alone) : undefined;
    if (seat) return seat;
    if (!alone && this.#waiters.length >= this.#maxWaiting) {
      throw new AppError('overloaded', 'Too many photos are waiting to be parsed.', { retryable: true });
    }
    return this.#wait(signal, alone);
  }

  /** Gives away what seats there are. */
  move(): void {
    for (let next = this.#waiters[0]; next; next = this.#waiters[0]) {
      const seat = this.#findSeat(next.alone);
      if (!seat) return;
      this.#waiters.shift();
      next.resolve(seat);
    }
  }

  /** Sends everybody away. */
  close(error: AppError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  async #wait(signal: AbortSignal, alone: boolean): Promise<S> {
    const { promise, resolve, reject } = Promise.withResolvers<S>();
    const waiter: Waiter<S> = { alone, resolve, reject };
    const behind = alone ? this.#waiters.findIndex((other) => !other.alone) : -1;
    this.#waiters.splice(behind === -1 ? this.#waiters.length : behind, 0, waiter);
    const giveUp = (): void => {
      const place = this.#waiters.indexOf(waiter);
      if (place === -1) return;
      this.#waiters.splice(place, 1);
      reject(canceled(signal));
      // One who wants to be alone holds up those behind.
      this.move();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

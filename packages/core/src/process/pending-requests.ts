/** What a parser process has been asked and has not answered, in the order in which it computes. */
import { AppError, bounds, type ParserStep } from '@m2fp/contract';
import type { OnStep } from '../parsing/types.ts';
import type { ParserReply } from './protocol.ts';

/** One for each head that there may be, and for each stage. A process that was taken over may send without end. */
const mostSteps = 2 * bounds.people.max;

/** `internal`, and worth another attempt; `why` goes into the log. */
export function unexpected(why: string, cause?: unknown): AppError {
  return new AppError('internal', 'The process that parses photos ended unexpectedly.', {
    cause: new Error(why, { cause }),
  });
}

/** The process ended, but not, as far as one knows, on account of this request, which had better be repeated. */
export class Displaced extends Error {
  /** For a request that cannot be repeated. */
  readonly reason: AppError;

  constructor(reason: AppError) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/** Whose fault the end of a process is: a request's, that of all, or nobody knows. */
export type Guilty = Pending | 'all' | undefined;

interface RequestLimits {
  /** Counts once there is no other request before it. */
  readonly timeoutMs: number;
  /** What is said if it takes longer. */
  readonly late: string;
  readonly onStep: OnStep | undefined;
}

export class Pending {
  readonly id: number;
  readonly limits: RequestLimits;
  /** Rejects with why the process ended, or with `Displaced`. */
  readonly reply: Promise<ParserReply>;
  /** Nobody waits for it any more. */
  isDropped = false;
  readonly #outcome = Promise.withResolvers<ParserReply>();
  #clock: NodeJS.Timeout | undefined;
  #steps = 0;

  constructor(id: number, limits: RequestLimits) {
    this.id = id;
    this.limits = limits;
    this.reply = this.#outcome.promise;
  }

  /** Returns false if that was one step too many. */
  tell(step: ParserStep): boolean {
    this.#steps += 1;
    if (this.#steps > mostSteps) return false;
    if (!this.isDropped) this.limits.onStep?.(step);
    return true;
  }

  /** Its caller goes; it keeps its place until the process has answered. */
  drop(reason: AppError): void {
    this.isDropped = true;
    this.#outcome.reject(reason);
  }

  startClock(onLate: () => void): void {
    this.#clock ??= setTimeout(onLate, this.limits.timeoutMs);
  }

  resolve(reply: ParserReply): void {
    clearTimeout(this.#clock);
    this.#outcome.resolve(reply);
  }

  reject(error: Error): void {
    clearTimeout(this.#clock);
    this.#outcome.reject(error);
  }
}

export class PendingRequests {
  readonly #all = new Map<number, Pending>();
  readonly #onLate: (reason: AppError, guilty: Pending) => void;
  #lastId = 0;

  /** @param onLate called when the first request has taken too long */
  constructor(onLate: (reason: AppError, guilty: Pending) => void) {
    this.#onLate = onLate;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those that nobody waits for, and that the process has not answered yet. */
  get dropped(): number {
    return [...this.#all.values()].filter(({ isDropped }) => isDropped).length;
  }

  add(limits: RequestLimits): Pending {
    const pending = new Pending(++this.#lastId, limits);
    this.#all.set(pending.id, pending);
    this.#startClock();
    return pending;
  }

  get(id: number): Pending | undefined {
    return this.#all.get(id);
  }

  isFirst(pending: Pending): boolean {
    return this.#first() === pending;
  }

  settle(pending: Pending, reply: ParserReply): void {
    this.#all.delete(pending.id);
    pending.resolve(reply);
    this.#startClock();
  }

  /** The process is gone. */
  rejectAll(reason: AppError, guilty: Guilty): void {
    const isOnly = this.#all.size === 1;
    for (const pending of this.#all.values()) {
      const isGuilty = guilty === 'all' || guilty === pending || (guilty === undefined && isOnly);
      pending.reject(isGuilty ? reason : new Displaced(reason));
    }
    this.#all.clear();
  }

  #first(): Pending | undefined {
    const [first] = this.#all.values();
    return first;
  }

  #startClock(): void {
    const first = this.#first();
    first?.startClock(() => this.#onLate(new AppError('timeout', first.limits.late), first));
  }
}

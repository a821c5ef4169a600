/**
 * Who may be called now. A receiver that does not answer holds its slot until the time limit, so no receiver and no
 * owner gets all of them. What finds no slot is put off, which is not an attempt.
 */
import { anonymousOwner } from '@m2fp/contract';

export interface SlotLimits {
  /** Attempts at once, in this process. */
  readonly atOnce: number;
  readonly perReceiver: number;
}

export interface SlotRequest {
  readonly owner: string;
  readonly url: string;
  /** The owner's own limit. */
  readonly perOwner: number;
}

export class DeliverySlots {
  readonly #limits: SlotLimits;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** Returns the function that gives the slot back; undefined if there is none. */
  tryStart(request: SlotRequest): (() => void) | undefined {
    if (!this.#hasRoom(request)) return undefined;
    const names = namesOf(request);
    for (const name of names) this.#taken.set(name, this.#count(name) + 1);
    this.#total += 1;
    return () => {
      for (const name of names) this.#leave(name);
      this.#total -= 1;
    };
  }

  /** How many each owner has, of those that have any. */
  byOwner(): [owner: string, slots: number][] {
    return [...this.#taken].filter(([name]) => !name.includes(' '));
  }

  #hasRoom(request: SlotRequest): boolean {
    const [owner, receiver, both] = namesOf(request);
    const { atOnce, perReceiver } = this.#limits;
    // Many owners may have the same receiver: each may always have one call to it.
    if (this.#count(receiver) >= perReceiver && this.#count(both) > 0) return false;
    // Without API keys there is nobody to share with. Otherwise no owner has more than is left free for others (dynamic
    // thresholds: Choudhury, Hahne, 1998): if many have receivers that hang, there is still room for one more.
    const free = atOnce - this.#total;
    return this.#count(owner) < (request.owner === anonymousOwner ? atOnce : Math.min(request.perOwner, free));
  }

  #count(name: string): number {
    return this.#taken.get(name) ?? 0;
  }

  #leave(name: string): void {
    const left = this.#count(name) - 1;
    if (left > 0) this.#taken.set(name, left);
    else this.#taken.delete(name);
  }
}

/** Only that of an owner has no space. */
function namesOf({ owner, url }: SlotRequest): [owner: string, receiver: string, both: string] {
  // A dot at the end of a name changes nothing about who is called.
  const host = (URL.parse(url)?.host ?? '').replace(/\.(?=:|$)/, '');
  return [owner, `receiver ${host}`, `owner ${owner} receiver ${host}`];
}

/** Events by time, the earliest first; of the same time, the one that was added first. A binary heap. */
export class EventQueue<T> {
  readonly #heap: { readonly atS: number; readonly order: number; readonly event: T }[] = [];
  #added = 0;

  get nextAtS(): number {
    return this.#heap[0]?.atS ?? Infinity;
  }

  add(atS: number, event: T): void {
    let place = this.#heap.push({ atS, order: this.#added++, event }) - 1;
    for (let parent = (place - 1) >> 1; place > 0 && this.#isBefore(place, parent); parent = (place - 1) >> 1) {
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Undefined if there is none. */
  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first?.event;
    this.#heap[0] = last;
    for (let place = 0; ;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === place) return first.event;
      this.#swap(place, least);
      place = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.atS < b.atS || (a.atS === b.atS && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}

/** First in, first out, without moving what is left each time. */
export class Line<T> {
  #entries: T[] = [];
  #first = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  get oldest(): T | undefined {
    return this.#entries[this.#first];
  }

  add(entry: T): void {
    this.#entries.push(entry);
  }

  take(): T | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#entries[this.#first++];
    if (this.#first > 10_000 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }
}

/** Limits how many of something run at once in this process. */
export class ConcurrencyLimit {
  readonly #limit: number;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns the function that ends it, which may be called more than once; undefined if the limit is reached. */
  tryStart(): (() => void) | undefined {
    if (this.#running >= this.#limit) return undefined;
    this.#running++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#running--;
      isHeld = false;
    };
  }
}

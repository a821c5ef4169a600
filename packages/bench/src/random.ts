/**
 * A stream of random numbers for one case, from the run's seed and the case's number: Chris Doty-Humphrey's sfc32. The
 * same on every machine, so that a case that fails can be made again alone.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.imul(seed ^ stream, 0x9e3779b1);
    for (let round = 0; round < 12; round++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 to `below` - 1; 0 if `below` is 0. */
  below(below: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * below);
  }

  /** A whole number of `from` to `to`, small ones as likely as large ones by their order of magnitude. */
  magnitude(from: number, to: number): number {
    const share = this.uint32() / 2 ** 32;
    return Math.round(from * (to / from) ** share);
  }

  chance(share: number): boolean {
    return this.uint32() < share * 2 ** 32;
  }

  /** Throws for an empty list. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('There is nothing to pick from.');
    return value;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at++) bytes[at] = this.uint32() & 0xff;
    return bytes;
  }
}

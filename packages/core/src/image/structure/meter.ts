import { inflateSync } from 'node:zlib';
import { AppError, bounds, type BoundName } from '@m2fp/contract';

/** Adds up what a file holds of one thing. Throws `image_too_large` once that is more than its bound. */
export class Meter {
  readonly #bound: BoundName;
  total = 0;

  constructor(bound: BoundName) {
    this.#bound = bound;
  }

  add(amount = 1): void {
    const { max, unit, of } = bounds[this.#bound];
    this.total += amount;
    if (this.total <= max) return;
    const what = unit === 'entries' ? of : `${unit}: ${of}`;
    throw new AppError('image_too_large', `The image is too large: there are more than ${max} ${what}.`);
  }

  /** Adds what zlib data unpacks to, without ever unpacking more than the bound. */
  addUnpacked(data: Uint8Array): void {
    const { max } = bounds[this.#bound];
    try {
      this.add(inflateSync(data, { maxOutputLength: max - this.total + 1 }).length);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const isTooMuch = error instanceof RangeError;
      // Decoders ignore damaged data, but only after unpacking an unknown part of it.
      this.add(isTooMuch ? max + 1 : Math.max(data.length, Math.ceil(max / 16)));
    }
  }
}

/** Throws `image_unreadable`. */
export function cutOff(): never {
  throw new AppError('image_unreadable', 'The image is cut off: a part of its data is missing.');
}

/**
 * Whether compressed data ends in more equal bytes than it can have by itself: what was missing has been filled up.
 * @param natural as many may be there
 */
export function isPadded(data: Uint8Array, natural: number): boolean {
  const last = data.length - 1 - natural;
  if (last < 0) return false;
  return data.subarray(last).every((byte, _i, tail) => byte === tail[0]);
}

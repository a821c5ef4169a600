// `!` below: loops over packed bits, within their own sizes.
import { forEachRun, type SpanMask } from '@m2fp/core/render';
import type { GoldenMask } from './golden-cases.ts';

export interface FoundMask {
  readonly label: string;
  readonly score: number;
  readonly mask: SpanMask;
}

export interface MaskComparison {
  /** Pixels that differ in the matched masks, and all pixels of these masks (n x height x width). */
  readonly differingPixels: number;
  readonly pixels: number;
  /** The largest, over the matched masks. */
  readonly scoreDifference: number;
  /** Masks of the reference that were not found, and found masks that the reference does not have. */
  readonly missing: readonly GoldenMask[];
  readonly extra: readonly FoundMask[];
}

/**
 * Compares two unordered sets of masks: within a label, each mask of the reference is matched with the found mask that
 * is nearest to it in pixels, then in score; the nearest pairs first.
 */
export function compareMasks(expected: readonly GoldenMask[], found: readonly FoundMask[]): MaskComparison {
  const missing = new Set(expected);
  const extra = new Set(found);
  let differingPixels = 0;
  let pixels = 0;
  let scoreDifference = 0;
  for (const pair of candidates(expected, found)) {
    if (!missing.has(pair.expected) || !extra.has(pair.found)) continue;
    missing.delete(pair.expected);
    extra.delete(pair.found);
    differingPixels += pair.differing;
    pixels += pair.found.mask.width * pair.found.mask.height;
    scoreDifference = Math.max(scoreDifference, pair.scoreDifference);
  }
  return { differingPixels, pixels, scoreDifference, missing: [...missing], extra: [...extra] };
}

function candidates(expected: readonly GoldenMask[], found: readonly FoundMask[]) {
  return found
    .flatMap((one) => {
      const bits = packBits(one.mask);
      return expected
        .filter(({ label }) => label === one.label)
        .map((other) => ({
          expected: other,
          found: one,
          differing: countDifferences(bits, other.bits),
          scoreDifference: Math.abs(one.score - other.score),
        }));
    })
    .sort((a, b) => a.differing - b.differing || a.scoreDifference - b.scoreDifference);
}

/** Like NumPy's `packbits` along the rows: highest bit first, each row starts a byte. */
export function packBits(mask: SpanMask): Uint8Array {
  const stride = Math.ceil(mask.width / 8);
  const bits = new Uint8Array(stride * mask.height);
  forEachRun(mask, (y, start, end) => {
    for (let x = start; x < end; x++) bits[y * stride + (x >> 3)]! |= 0x80 >> (x & 7);
  });
  return bits;
}

function countDifferences(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    for (let bits = a[i]! ^ b[i]!; bits !== 0; bits &= bits - 1) count += 1;
  }
  return count;
}

/**
 * The resized photo, row by row, rounded to 8-bit levels as OpenCV rounds them: one level more or less moves the class
 * of pixels that lie between two.
 *
 * `!` only in pixel loops over typed arrays of known sizes.
 */
import type { RgbImage } from '../../image/photo.ts';
import type { Taps } from './taps.ts';

export interface ImageTaps {
  readonly x: Taps;
  readonly y: Taps;
}

/** Gives one row of the input, interleaved RGB; valid until the next call. Where there is no photo, it is undefined. */
export type LevelRows = (line: number) => Uint8Array;

/** Sums of any number of pixels, in floating point. The edge is blended with `fill`, a level for each channel. */
export function blendedRows({ data, width }: RgbImage, { x, y }: ImageTaps, fill: readonly number[]): LevelRows {
  const blended = new Float64Array(3 * width);
  const levels = new Uint8Array(3 * x.first.length);
  return (line) => {
    blended.fill(0);
    let at = y.first[line]! * width * 3;
    for (let k = y.start[line]!; k < y.start[line + 1]!; k++, at += width * 3) {
      const weight = y.weights[k]!;
      for (let i = 0; i < blended.length; i++) blended[i]! += data[at + i]! * weight;
    }
    for (let i = 0; i < x.first.length; i++) {
      const outside = 1 - x.inside[i]! * y.inside[line]!;
      for (let channel = 0; channel < 3; channel++) {
        let level = outside * fill[channel]!;
        let from = x.first[i]! * 3 + channel;
        for (let k = x.start[i]!; k < x.start[i + 1]!; k++, from += 3) level += blended[from]! * x.weights[k]!;
        levels[3 * i + channel] = Math.min(Math.max(Math.round(level), 0), 255);
      }
    }
    return levels;
  };
}

/** OpenCV's weights of two neighbors are whole numbers of this many bits. */
const weightBits = 11;

/** A row of the photo, resized along the row but not rounded yet: levels times 2^11. */
interface WideRow {
  index: number;
  readonly values: Int32Array;
}

/** At most two neighbors along each axis, in OpenCV's fixed point: along the rows first. */
export function linearRows({ data, width }: RgbImage, { x, y }: ImageTaps): LevelRows {
  const length = x.first.length;
  const levels = new Uint8Array(3 * length);
  const across = wholeWeights(x.fraction, x);
  const down = wholeWeights(y.fraction);
  let upper: WideRow = { index: -1, values: new Int32Array(3 * length) };
  let lower: WideRow = { index: -1, values: new Int32Array(3 * length) };
  const load = (row: number, into: WideRow): void => {
    if (into.index === row) return;
    into.index = row;
    for (let i = 0; i < length; i++) {
      const left = (row * width + x.first[i]!) * 3;
      const right = left + 3 * Math.max(0, x.start[i + 1]! - x.start[i]! - 1);
      for (let channel = 0; channel < 3; channel++) {
        into.values[3 * i + channel] =
          data[left + channel]! * across[2 * i]! + data[right + channel]! * across[2 * i + 1]!;
      }
    }
  };
  return (line) => {
    const first = y.first[line]!;
    if (lower.index === first) [upper, lower] = [lower, upper];
    load(first, upper);
    load(first + Math.max(0, y.start[line + 1]! - y.start[line]! - 1), lower);
    const [above, below] = [down[2 * line]!, down[2 * line + 1]!];
    for (let i = 0; i < levels.length; i++) {
      const top = (above * (upper.values[i]! >> 4)) >> 16;
      const bottom = (below * (lower.values[i]! >> 4)) >> 16;
      levels[i] = (top + bottom + 2) >> 2;
    }
    return levels;
  };
}

/**
 * Two weights for each position. Past the edge, OpenCV takes one pixel along rows, but across them the same row twice,
 * which rounds differently: `edges` has the first.
 */
function wholeWeights(fraction: Float64Array, edges?: Taps): Int32Array {
  const whole = new Int32Array(2 * fraction.length);
  fraction.forEach((part, i) => {
    const isSingle = edges !== undefined && edges.start[i + 1]! - edges.start[i]! < 2;
    const second = Math.fround(isSingle ? 0 : part);
    whole[2 * i] = Math.round(Math.fround(1 - second) * 2 ** weightBits);
    whole[2 * i + 1] = Math.round(second * 2 ** weightBits);
  });
  return whole;
}

/**
 * How sure the network is of each class.
 *
 * `!` only in loops over typed arrays of known sizes.
 */
import type { ClassValues } from './class-map.ts';
import type { KnotAxis } from './knots.ts';
import { highest, type KnotAxes } from './label-photo.ts';

/** Above 0: by default, nothing is dropped that has a pixel. */
const leastScore = 1e-6;

/**
 * A class's score is its mean probability over the network's own places (some hundred by some hundred, not the photo's
 * pixels) where it is the likeliest; if it is nowhere, though a few pixels between places have it, its highest. Places
 * that no pixel of the photo reads do not count.
 */
export function scoreClasses(values: ClassValues, { x, y }: KnotAxes, areProbabilities: boolean): Float64Array {
  const { classes, data, classStride, rowStride, columnStride } = values;
  const [rows, columns] = [placesRead(y), placesRead(x)];
  const place = new Float32Array(classes);
  const sums = new Float64Array(classes);
  const counts = new Int32Array(classes);
  const most = new Float64Array(classes);
  for (let row = rows.first; row <= rows.last; row++) {
    for (let column = columns.first; column <= columns.last; column++) {
      const start = row * rowStride + column * columnStride;
      for (let id = 0; id < classes; id++) place[id] = data[start + id * classStride]!;
      const label = highest(place, 0, classes);
      if (!areProbabilities) softmax(place, place[label]!);
      for (let id = 0; id < classes; id++) if (place[id]! > most[id]!) most[id] = place[id]!;
      sums[label]! += place[label]!;
      counts[label]! += 1;
    }
  }
  return sums.map((sum, id) => Math.min(Math.max(counts[id] === 0 ? most[id]! : sum / counts[id]!, leastScore), 1));
}

function softmax(values: Float32Array, highest: number): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = Math.exp(values[i]! - highest);
    values[i] = value;
    sum += value;
  }
  for (let i = 0; i < values.length; i++) values[i]! /= sum;
}

/** The first and the last of the logits along an axis that some pixel is made of. */
function placesRead({ low, high, cellStart }: KnotAxis): { readonly first: number; readonly last: number } {
  let first = Infinity;
  let last = -1;
  for (let knot = 0; knot < low.length; knot++) {
    if (cellStart[knot] === cellStart[knot + 1]) continue;
    for (const corner of [knot, Math.min(knot + 1, low.length - 1)]) {
      if (low[corner]! < 0) continue;
      first = Math.min(first, low[corner]!);
      last = Math.max(last, high[corner]!);
    }
  }
  return { first, last };
}

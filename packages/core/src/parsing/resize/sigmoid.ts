/**
 * The sigmoid by table, and its sum over the cells of a mask.
 *
 * `!` only on indices below the arrays' own lengths.
 */
import type { AxisTables } from './axis-tables.ts';

/** Entries per unit of the logit, and the logit above which the sigmoid is taken to be constant (1 - 2e-8). */
const steps = 512;
const limit = 18;

/** sigmoid(i / steps), with one more entry for the last interpolation. */
const table = Float64Array.from({ length: limit * steps + 2 }, (_, i) => 1 / (1 + Math.exp(-i / steps)));

/** sigmoid(x), within 1e-7; several times faster than with `Math.exp`. */
export function sigmoid(x: number): number {
  return x >= 0 ? positiveSigmoid(x) : 1 - positiveSigmoid(-x);
}

/** sigmoid(x) for x >= 0, within 1e-7. */
function positiveSigmoid(x: number): number {
  const position = Math.min(x, limit) * steps;
  const i = position | 0;
  const at = table[i]!;
  return at + (table[i + 1]! - at) * (position - i);
}

/** The largest s'(m) * v^3 at which a cell's sum is computed from its moments; see `sigmoidSum`. */
const flatEnough = 5e-5;

/** Cells of one row, with the rows of knots above and below: cell k has its left corners at `offset + k`. */
interface CellRange {
  readonly row: number;
  readonly from: number;
  readonly to: number;
  readonly upper: Float32Array | Float64Array;
  readonly lower: Float32Array | Float64Array;
  readonly offset: number;
}

/**
 * The sum of sigmoid(value) over the pixels of some cells, none of whose corners is negative.
 *
 * Within a cell the value is bilinear, so its moments over the pixels follow from the moments of their places: mean m,
 * variance v, third and fourth moment. The cell's sum is the Taylor series of the sigmoid at m with these moments. The
 * error is of the sixth order, about s'(m) * v^3 * 15 / 720, so less than 1e-6 per pixel. Steeper cells, and those
 * whose pixels are not evenly spaced, are summed pixel by pixel.
 */
export function sigmoidSum(x: AxisTables, y: AxisTables, range: CellRange): number {
  const { row, from, to, upper, lower, offset } = range;
  const { mean, moment2, moment4, isUneven, cellStart } = x;
  const isRowUneven = y.isUneven[row]! > 0;
  const v = y.mean[row]!;
  const v2 = y.moment2[row]!;
  const v4 = y.moment4[row]!;
  const rows = y.cellStart[row + 1]! - y.cellStart[row]!;
  let sum = 0;
  let left = upper[offset + from]!;
  let leftBelow = lower[offset + from]!;
  for (let cell = from; cell < to; cell++) {
    const topLeft = left;
    left = upper[offset + cell + 1]!;
    const bottomLeft = leftBelow;
    leftBelow = lower[offset + cell + 1]!;
    const right = left - topLeft;
    const down = bottomLeft - topLeft;
    const twist = leftBelow - topLeft - right - down;
    const u = mean[cell]!;
    const u2 = moment2[cell]!;
    const slopeX = right + twist * v;
    const slopeY = down + twist * u;
    const xx = slopeX * slopeX;
    const yy = slopeY * slopeY;
    const tt = twist * twist;
    const variance = xx * u2 + yy * v2 + tt * u2 * v2;
    const s = positiveSigmoid(topLeft + slopeX * u + down * v);
    const slope = s * (1 - s);
    if (slope * variance * variance * variance > flatEnough || isRowUneven || isUneven[cell]! > 0) {
      sum += pixelSum(x, y, cell, range);
      continue;
    }
    const u4 = moment4[cell]!;
    const third = slopeX * slopeY * twist * u2 * v2 * 6;
    const fourth =
      xx * xx * u4 + yy * yy * v4 + tt * tt * u4 * v4 + 6 * (xx * yy * u2 * v2 + tt * (xx * u4 * v2 + yy * u2 * v4));
    // The derivatives of the sigmoid, divided by s(1-s): (1-2s), 1-6s(1-s), (1-2s)(1-12s(1-s)).
    const odd = 1 - 2 * s;
    const terms = (odd * variance) / 2 + ((1 - 6 * slope) * third) / 6 + (odd * (1 - 12 * slope) * fourth) / 24;
    sum += rows * (cellStart[cell + 1]! - cellStart[cell]!) * (s + slope * terms);
  }
  return sum;
}

function pixelSum(x: AxisTables, y: AxisTables, cell: number, { row, upper, lower, offset }: CellRange): number {
  const topLeft = upper[offset + cell]!;
  const right = upper[offset + cell + 1]! - topLeft;
  const down = lower[offset + cell]! - topLeft;
  const twist = lower[offset + cell + 1]! - topLeft - right - down;
  let sum = 0;
  for (let i = y.cellStart[row]!; i < y.cellStart[row + 1]!; i++) {
    const v = y.pixels.weight[i]!;
    const left = topLeft + down * v;
    const slope = right + twist * v;
    for (let j = x.cellStart[cell]!; j < x.cellStart[cell + 1]!; j++) {
      sum += positiveSigmoid(left + slope * x.pixels.weight[j]!);
    }
  }
  return sum;
}

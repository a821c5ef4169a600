// `!` below: typed arrays read at the indices of one cell.
import type { AxisTables } from './resize-steps.ts';
import { positiveSigmoid } from './sigmoid.ts';

/** Of the values within one cell; see `cellSigmoidSum`. */
const flatVariance = 0.005;

/**
 * Sum of sigmoid(value) over the pixels of the cell (`column`, `row`), whose four corners (none negative) are given.
 *
 * In a cell the value is bilinear. With mean m and variance v over its n pixels the sum is n * (s(m) + s''(m) * v / 2) but
 * for terms of the fourth order, which for v up to `flatVariance` stay under 3e-7 a pixel, below what float32 keeps of
 * such sums. Steeper cells are summed pixel by pixel.
 */
export function cellSigmoidSum(
  x: AxisTables,
  y: AxisTables,
  column: number,
  row: number,
  topLeft: number,
  topRight: number,
  bottomLeft: number,
  bottomRight: number,
): number {
  const u = x.cellMean[column]!;
  const v = y.cellMean[row]!;
  const varianceU = x.cellVariance[column]!;
  const varianceV = y.cellVariance[row]!;
  const down = bottomLeft - topLeft;
  const twist = bottomRight - topRight - down;
  const slopeX = topRight - topLeft + twist * v;
  const slopeY = down + twist * u;
  const variance = slopeX * slopeX * varianceU + slopeY * slopeY * varianceV + twist * twist * varianceU * varianceV;
  if (variance > flatVariance) return steepSum(x, y, column, row, topLeft, topRight - topLeft, down, twist);
  const pixels = (y.cellStart[row + 1]! - y.cellStart[row]!) * (x.cellStart[column + 1]! - x.cellStart[column]!);
  const s = positiveSigmoid(topLeft + slopeX * u + down * v);
  return pixels * (s + 0.5 * s * (1 - s) * (1 - 2 * s) * variance);
}

function steepSum(
  x: AxisTables,
  y: AxisTables,
  column: number,
  row: number,
  topLeft: number,
  right: number,
  down: number,
  twist: number,
): number {
  let sum = 0;
  for (let i = y.cellStart[row]!; i < y.cellStart[row + 1]!; i++) {
    const v = y.pixels.weight[i]!;
    const left = topLeft + down * v;
    const slope = right + twist * v;
    for (let j = x.cellStart[column]!; j < x.cellStart[column + 1]!; j++) {
      sum += positiveSigmoid(left + slope * x.pixels.weight[j]!);
    }
  }
  return sum;
}

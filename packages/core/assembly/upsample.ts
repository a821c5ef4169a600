/**
 * The inner loops of `mask-upsampler.ts` as a WebAssembly module: the same as in JavaScript in half the time, since it
 * computes four values at once (SIMD). In AssemblyScript, which is TypeScript with the types and instructions of
 * WebAssembly: `v128` are four float32, `load` and `store` read and write at an address. A test compiles it and holds
 * `upsample.generated.ts` to it; `npm run assembly:generate` writes that.
 */
import { sumCells } from './cell-sums';
import { takeLineSum } from './line-sums';
import { fillLine, startMask } from './runs';
import { buffers, floatAt, intAt, x, y } from './tables';

export { area, bottom, left, right, runCount, top } from './runs';
export { prepare } from './tables';

/** Rows whose knots are in `buffers.upper` and `buffers.lower`. */
let upperRow: i32 = -1;
let lowerRow: i32 = -1;

/**
 * Makes the runs of the mask in `buffers.logits`, which has no positive values outside of these columns and rows of
 * cells; ends are exclusive. Returns the sum of sigmoid(logit) over its pixels.
 */
export function upsample(firstColumn: i32, endColumn: i32, firstRow: i32, endRow: i32): f64 {
  startMask();
  upperRow = lowerRow = -1;
  let sum: f64 = 0;
  for (let row = firstRow; row < endRow; row++) {
    const first = intAt(y.cellStart, row);
    const end = intAt(y.cellStart, row + 1);
    // There are no pixels if the photo is smaller than the cut.
    if (first === end) continue;
    loadKnots(row, firstColumn, endColumn);
    sum += sumCells(row, firstColumn, endColumn);
    for (let line = first; line < end; line++) fillLine(line, firstColumn, endColumn);
  }
  return sum + takeLineSum();
}

/** Going down, the lower row becomes the next upper one and is not computed again. */
function loadKnots(row: i32, from: i32, to: i32): void {
  const below = min(row + 1, y.knots - 1);
  if (lowerRow === row) {
    const upper = buffers.upper;
    buffers.upper = buffers.lower;
    buffers.lower = upper;
    upperRow = row;
    lowerRow = -1;
  }
  if (upperRow !== row) computeKnots(row, buffers.upper, from, to);
  if (lowerRow !== below) computeKnots(below, buffers.lower, from, to);
  upperRow = row;
  lowerRow = below;
}

/** One row of knots, for the corners of the cells `from .. to - 1`. As float64, as in `KnotRows`. */
function computeKnots(row: i32, into: usize, from: i32, to: i32): void {
  const last = min(to, x.knots - 1);
  blendLogits(row, intAt(x.low, from), intAt(x.high, last) + 1);
  for (let knot = from; knot <= last; knot++) {
    const near: f64 = floatAt(buffers.blended, intAt(x.low, knot));
    const far: f64 = floatAt(buffers.blended, intAt(x.high, knot));
    store<f32>(into + 4 * knot, <f32>(near + (far - near) * <f64>floatAt(x.weight, knot)));
  }
  // The last knot is repeated, so that the last cell has a right corner too; past it, nothing is positive.
  if (to > last) store<f32>(into + 4 * to, floatAt(into, last));
  v128.store(into + 4 * (to + 1), f32x4.splat(0));
}

/** The logits `from .. to - 1` between two rows, two at a time. */
function blendLogits(row: i32, from: i32, to: i32): void {
  const above = buffers.logits + 4 * buffers.logitsWidth * intAt(y.low, row);
  const below = buffers.logits + 4 * buffers.logitsWidth * intAt(y.high, row);
  const weight = f64x2.splat(floatAt(y.weight, row));
  for (let i = from; i < to; i += 2) {
    const upper = f64x2.promote_low_f32x4(v128.load64_zero(above + 4 * i));
    const lower = f64x2.promote_low_f32x4(v128.load64_zero(below + 4 * i));
    const blended = f64x2.add(upper, f64x2.mul(f64x2.sub(lower, upper), weight));
    v128.store64_lane(buffers.blended + 4 * i, f32x4.demote_f64x2_zero(blended), 0);
  }
}

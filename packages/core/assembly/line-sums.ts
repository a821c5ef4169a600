/** Sums of sigmoids over lines: pixels side by side in one cell, whose values are evenly spaced. */
import { accumulate, add, isAbove, mul, sigmoid, splat, sub, totalOf } from './float4';
import { buffers, floatAt, intAt, x } from './tables';

let lineCount: i32 = 0;
let sum: f64 = 0;

/** The sum of all lines so far, which is then 0. */
export function takeLineSum(): f64 {
  sumLines();
  const taken = sum;
  sum = 0;
  return taken;
}

/** The value of a pixel: `near` at its cell's left knot, `slope` more at the right one. */
export function valueAt(pixel: i32, near: f64, slope: f64): f64 {
  return near + slope * <f64>floatAt(x.place, pixel);
}

/** Adds the pixels `from .. to - 1` of a cell, whose values are positive. */
export function addLine(cell: i32, near: f64, slope: f64, from: i32, to: i32): void {
  if (from >= to) return;
  if (intAt(x.isUneven, cell) === 0) {
    push(<f32>valueAt(from, near, slope), <f32>valueAt(to - 1, near, slope), <f32>(to - from));
    return;
  }
  for (let pixel = from; pixel < to; pixel++) {
    const value = <f32>valueAt(pixel, near, slope);
    push(value, value, 1);
  }
}

function push(first: f32, last: f32, count: f32): void {
  const at = 4 * lineCount;
  store<f32>(buffers.first + at, first);
  store<f32>(buffers.last + at, last);
  store<f32>(buffers.count + at, count);
  lineCount += 1;
  if (lineCount === buffers.mostLines) sumLines();
}

/** Four lines at a time. */
function sumLines(): void {
  let total = f64x2.splat(0);
  v128.store(buffers.count + 4 * lineCount, splat(0));
  for (let at = 0; at < 4 * lineCount; at += 16) {
    const first = v128.load(buffers.first + at);
    const last = v128.load(buffers.last + at);
    total = accumulate(total, lineSums(first, last, v128.load(buffers.count + at)));
  }
  sum += totalOf(total);
  lineCount = 0;
}

/** The largest variance^3 at which three values stand for a line: the error is less than 1e-6 a pixel then. */
const flatEnough: f32 = 2e-3;

/**
 * By Gauss' quadrature: the value in the middle and one on either side, placed and weighted so that the sums of all
 * polynomials up to the fifth degree over `count` pixels are right.
 */
function lineSums(first: v128, last: v128, count: v128): v128 {
  const step = f32x4.div(sub(last, first), f32x4.pmax(splat(1), sub(count, splat(1))));
  const square = mul(count, count);
  const spread = sub(square, splat(1));
  const variance = mul(mul(mul(step, step), spread), splat(1.0 / 12));
  if (v128.any_true(isAbove(mul(variance, mul(variance, variance)), splat(flatEnough)))) {
    return steepLineSums(first, step, count);
  }
  const reach = sub(mul(splat(3), square), splat(7));
  const away = mul(step, f32x4.sqrt(f32x4.pmax(splat(0), mul(reach, splat(1.0 / 20)))));
  const weight = mul(splat(5.0 / 6), f32x4.div(spread, reach));
  const middle = mul(splat(0.5), add(first, last));
  const center = sigmoid(middle);
  const sides = add(sigmoid(sub(middle, away)), sigmoid(add(middle, away)));
  return mul(count, add(center, mul(weight, sub(sides, add(center, center)))));
}

/** Pixel by pixel. */
function steepLineSums(first: v128, step: v128, count: v128): v128 {
  let place = splat(0);
  let sums = splat(0);
  for (let isLeft = isAbove(count, place); v128.any_true(isLeft); isLeft = isAbove(count, place)) {
    sums = add(sums, v128.and(isLeft, sigmoid(add(first, mul(step, place)))));
    place = add(place, splat(1));
  }
  return sums;
}

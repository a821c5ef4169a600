/** One row of cells, four at a time: which ones are inside the mask, the sum of sigmoids there, and where edges are. */
import { accumulate, add, expOfMinus, isAbove, mul, sigmoidOf, splat, sub, totalOf } from './float4';
import { addLine } from './line-sums';
import { buffers, floatAt, intAt, x, y } from './tables';

/** Cells in `buffers.edges`. */
export let edgeCount: i32 = 0;

/** The largest s'(m) * v^3 at which a cell's sum is computed from its moments; see `sigmoidSum` in `sigmoid.ts`. */
const flatEnough: f32 = 5e-5;

/**
 * Lists the edges among the cells `from .. to - 1`, and returns the sum over the pixels of those that are inside. The
 * names are those of `sigmoidSum`.
 */
export function sumCells(row: i32, from: i32, to: i32): f64 {
  const upper = buffers.upper;
  const lower = buffers.lower;
  const v = splat(floatAt(y.mean, row));
  const v2 = splat(floatAt(y.moment2, row));
  const v4 = splat(floatAt(y.moment4, row));
  let total = f64x2.splat(0);
  edgeCount = 0;
  for (let cell = from; cell < to; cell += 4) {
    const topLeft = v128.load(upper + 4 * cell);
    const topRight = v128.load(upper + 4 * cell, 4);
    const bottomLeft = v128.load(lower + 4 * cell);
    const bottomRight = v128.load(lower + 4 * cell, 4);
    const isTopLeft = isAbove(topLeft, splat(0));
    const isTopRight = isAbove(topRight, splat(0));
    const isBottomLeft = isAbove(bottomLeft, splat(0));
    const isBottomRight = isAbove(bottomRight, splat(0));
    const isAny = v128.or(v128.or(isTopLeft, isTopRight), v128.or(isBottomLeft, isBottomRight));
    if (!v128.any_true(isAny)) continue;
    const isInside = v128.and(v128.and(isTopLeft, isTopRight), v128.and(isBottomLeft, isBottomRight));
    listEdges(cell, i32x4.bitmask(v128.andnot(isAny, isInside)) & ((1 << min(4, to - cell)) - 1));
    if (!v128.any_true(isInside)) continue;
    const across = sub(topRight, topLeft);
    const down = sub(bottomLeft, topLeft);
    const twist = sub(sub(bottomRight, bottomLeft), across);
    const u = v128.load(x.mean + 4 * cell);
    const u2 = v128.load(x.moment2 + 4 * cell);
    const u4 = v128.load(x.moment4 + 4 * cell);
    const slopeX = add(across, mul(twist, v));
    const slopeY = add(down, mul(twist, u));
    const xx = mul(slopeX, slopeX);
    const yy = mul(slopeY, slopeY);
    const tt = mul(twist, twist);
    const variance = add(add(mul(xx, u2), mul(yy, v2)), mul(tt, mul(u2, v2)));
    const exp = expOfMinus(add(add(topLeft, mul(slopeX, u)), mul(down, v)));
    const s = sigmoidOf(exp);
    // As float32, s * (1 - s) is 0 from a logit of 17 on, and no cell would be steep.
    const slope = mul(exp, mul(s, s));
    const cube = mul(variance, mul(variance, variance));
    const isSteep = v128.and(isInside, isAbove(mul(slope, cube), splat(flatEnough)));
    addSteep(row, cell, i32x4.bitmask(isSteep));
    const third = mul(mul(mul(slopeX, slopeY), twist), mul(u2, v2));
    const fourth = fourthMoments(xx, yy, tt, u2, u4, v2, v4);
    const sums = mul(v128.load(x.pixels + 4 * cell), series(s, slope, variance, third, fourth));
    total = accumulate(total, v128.and(v128.andnot(isInside, isSteep), sums));
  }
  return <f64>floatAt(y.pixels, row) * totalOf(total);
}

/** `lanes`: a bit for each of four cells. */
function listEdges(cell: i32, lanes: i32): void {
  for (let left = lanes; left !== 0; left &= left - 1) {
    store<i32>(buffers.edges + 4 * edgeCount, cell + ctz(left));
    edgeCount += 1;
  }
}

/** Of values with slopes whose squares are `xx` and `yy`, and a twist; from the moments of their places. */
function fourthMoments(xx: v128, yy: v128, tt: v128, u2: v128, u4: v128, v2: v128, v4: v128): v128 {
  const ofX = mul(mul(xx, xx), u4);
  const ofY = mul(mul(yy, yy), v4);
  const ofTwist = mul(mul(tt, tt), mul(u4, v4));
  const xAndTwist = mul(tt, mul(mul(xx, u4), v2));
  const yAndTwist = mul(tt, mul(mul(yy, v4), u2));
  const xAndY = mul(mul(xx, u2), mul(yy, v2));
  return add(add(ofX, ofY), add(ofTwist, mul(splat(6), add(xAndY, add(xAndTwist, yAndTwist)))));
}

/** The mean sigmoid by the Taylor series of `sigmoidSum`; a sixth of the third moment is given. */
function series(s: v128, slope: v128, variance: v128, third: v128, fourth: v128): v128 {
  const odd = sub(splat(1), add(s, s));
  const ofFourth = mul(mul(splat(1.0 / 24), fourth), sub(splat(1), mul(splat(12), slope)));
  const ofThird = mul(third, sub(splat(1), mul(splat(6), slope)));
  return add(s, mul(slope, add(ofThird, mul(odd, add(mul(splat(1.0 / 2), variance), ofFourth)))));
}

/** Cells that are too steep or uneven for the series, as lines. */
function addSteep(row: i32, cell: i32, lanes: i32): void {
  for (let left = lanes; left !== 0; left &= left - 1) addLines(row, cell + ctz(left));
}

function addLines(row: i32, cell: i32): void {
  const from = intAt(x.cellStart, cell);
  const to = intAt(x.cellStart, cell + 1);
  const end = intAt(y.cellStart, row + 1);
  for (let line = intAt(y.cellStart, row); line < end; line++) {
    const place: f64 = floatAt(y.place, line);
    const near = valueBetween(cell, place);
    addLine(cell, near, valueBetween(cell + 1, place) - near, from, to);
  }
}

/** Between two knots, one above the other. As float64, like the values that decide about pixels. */
export function valueBetween(knot: i32, place: f64): f64 {
  const above: f64 = floatAt(buffers.upper, knot);
  return above + (<f64>floatAt(buffers.lower, knot) - above) * place;
}

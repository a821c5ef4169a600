/** Four float32 at once, by short names. */

export function splat(value: f32): v128 {
  return f32x4.splat(value);
}

export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

export function isAbove(a: v128, b: v128): v128 {
  return f32x4.gt(a, b);
}

/** Adds them to two float64: sums do not lose digits. */
export function accumulate(total: v128, values: v128): v128 {
  const high = i32x4.shuffle(values, values, 2, 3, 2, 3);
  return f64x2.add(total, f64x2.add(f64x2.promote_low_f32x4(values), f64x2.promote_low_f32x4(high)));
}

export function totalOf(total: v128): f64 {
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** The logit above which the sigmoid is taken to be constant (1 - 2e-8). */
const limit: f32 = 18;

/** Of values that are not negative, within 2e-7. */
export function sigmoid(values: v128): v128 {
  return sigmoidOf(expOfMinus(values));
}

/** By the value's `expOfMinus`. */
export function sigmoidOf(exp: v128): v128 {
  return f32x4.div(splat(1), add(splat(1), exp));
}

/** e^-value, of values that are not negative; never 0, since values above the limit are taken to be at it. */
export function expOfMinus(values: v128): v128 {
  return exp(f32x4.neg(f32x4.pmin(splat(limit), f32x4.pmax(splat(0), values))));
}

/** By 2^k * e^rest, and the series of e^rest; the exponent of a float32 begins at bit 23, where 127 is 2^0. */
function exp(values: v128): v128 {
  const k = f32x4.nearest(mul(values, splat(1.4426950408889634)));
  const rest = sub(values, mul(k, splat(0.6931471805599453)));
  let series = add(mul(rest, splat(1.0 / 720)), splat(1.0 / 120));
  series = add(mul(rest, series), splat(1.0 / 24));
  series = add(mul(rest, series), splat(1.0 / 6));
  series = add(mul(rest, series), splat(1.0 / 2));
  series = add(mul(rest, series), splat(1));
  series = add(mul(rest, series), splat(1));
  return mul(series, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23));
}

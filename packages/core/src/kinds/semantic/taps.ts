/**
 * Along one axis of the photo, the pixels that make each position of the network's input, and their weights, for each
 * way to resize. Positions and weights are those of OpenCV, in whose terms networks of this kind were trained.
 *
 * `!` only on indices within the tables built here.
 */
import type { ResizeMethod } from './manifest.ts';
import type { AxisPlacement } from './placement.ts';

/** Position i is the sum of `weights[start[i] + k]` times pixel `first[i] + k`, for k from 0 to `count - 1`. */
export interface Taps {
  readonly first: Int32Array;
  /** One entry more than there are positions. */
  readonly start: Int32Array;
  readonly weights: Float64Array;
  /** Sum of a position's weights: 1 inside of the photo, 0 outside, between at the edge of an affine map. */
  readonly inside: Float64Array;
  /** How far a position is past the pixel before it, 0..1, also beyond the edge; 0 if that has no meaning. */
  readonly fraction: Float64Array;
}

/** One position's taps: weights of the pixels from `first` on. */
interface Tap {
  readonly first: number;
  readonly weights: readonly number[];
  readonly fraction?: number;
}
const nothing: Tap = { first: 0, weights: [] };

/** `isShrunk`: no side of the photo is enlarged, which for `area` decides the formula of both axes. */
export function createTaps(axis: AxisPlacement, method: ResizeMethod, isShrunk: boolean): Taps {
  const tapAt = axis.affine
    ? affineTap(axis, axis.affine, method === 'nearest')
    : insideTap(axis.photo, axis.end - axis.start, method, isShrunk);
  const taps = Array.from({ length: axis.input }, (_, i) =>
    i < axis.start || i >= axis.end ? nothing : tapAt(i - axis.start),
  );
  const start = new Int32Array(taps.length + 1);
  taps.forEach(({ weights }, i) => (start[i + 1] = start[i]! + weights.length));
  return {
    first: Int32Array.from(taps, ({ first }) => first),
    start,
    weights: Float64Array.from(taps.flatMap(({ weights }) => weights)),
    inside: Float64Array.from(taps, ({ weights }) => Math.min(1, sum(weights))),
    fraction: Float64Array.from(taps, ({ fraction = 0 }) => fraction),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The tap of each of `to` positions that `from` pixels are resized to. */
function insideTap(from: number, to: number, method: ResizeMethod, isShrunk: boolean): (position: number) => Tap {
  const scale = from / to;
  switch (method) {
    case 'nearest':
      return (position) => ({ first: Math.min(Math.floor(position * scale), from - 1), weights: [1] });
    case 'bilinear':
      return (position) => between((position + 0.5) * scale - 0.5, from);
    case 'bilinear-align-corners':
      return (position) => between(to > 1 ? (position * (from - 1)) / (to - 1) : 0, from);
    case 'area':
      return isShrunk ? areaTap(from, scale) : enlargedAreaTap(from, to);
    case 'bilinear-antialias':
      // Already resized: see `prepare-input.ts`.
      return (position) => ({ first: position, weights: [1] });
  }
}

/** Two neighbors; at the edge, the outermost pixel alone. */
function between(place: number, length: number): Tap {
  const clamped = Math.min(Math.max(place, 0), length - 1);
  const low = Math.floor(clamped);
  const weight = clamped - low;
  const fraction = place - Math.floor(place);
  return { first: low, weights: weight === 0 ? [1] : [1 - weight, weight], fraction };
}

/** Less of a pixel than this does not count (OpenCV, `computeResizeAreaTab`). */
const leastOverlap = 1e-3;

/** Every pixel that a position covers, by how much of it is covered. */
function areaTap(from: number, scale: number): (position: number) => Tap {
  return (position) => {
    const left = position * scale;
    const right = Math.min(left + scale, from);
    const width = right - left;
    const end = Math.min(Math.floor(right), from - 1);
    const begin = Math.min(Math.ceil(left), end);
    const weights = Array.from({ length: end - begin }, () => 1 / width);
    const hasLeft = begin - left > leastOverlap;
    if (hasLeft) weights.unshift((begin - left) / width);
    if (right - end > leastOverlap) weights.push(Math.min(right - end, 1, width) / width);
    return { first: hasLeft ? begin - 1 : begin, weights };
  };
}

/** OpenCV's area when it enlarges: bilinear, but a pixel keeps its color until the next one's area begins. */
function enlargedAreaTap(from: number, to: number): (position: number) => Tap {
  const scale = from / to;
  return (position) => {
    const low = Math.floor(position * scale);
    const place = Math.fround(position + 1 - ((low + 1) * to) / from);
    return between(low + (place <= 0 ? 0 : place - Math.floor(place)), from);
  };
}

/** Places are rounded to 1/32 of a pixel, as OpenCV's `warpAffine` does, by way of 1/1024; outside there is nothing. */
function affineTap(
  { photo }: AxisPlacement,
  { scale, offset }: { readonly scale: number; readonly offset: number },
  isNearest: boolean,
): (position: number) => Tap {
  const toPhoto = affinePlaces(1 / scale, -offset / scale);
  return (position) => {
    const place = isNearest ? Math.round(position / scale - offset / scale) : toPhoto(position);
    const low = Math.floor(place);
    const weights = [1 - (place - low), place - low];
    const kept = [low, low + 1].flatMap((pixel, k) => (pixel >= 0 && pixel < photo && weights[k]! > 0 ? [k] : []));
    const [first] = kept;
    return first === undefined ? nothing : { first: low + first, weights: kept.map((k) => weights[k]!) };
  };
}

const affineBits = 10;
const placeBits = 5;

/** From a position to `scale * position + offset`, in steps of 1/32. */
export function affinePlaces(scale: number, offset: number): (position: number) => number {
  const unit = 1 << affineBits;
  const steps = 1 << placeBits;
  const base = roundHalfEven(offset * unit) + unit / steps / 2;
  return (position) => Math.floor((base + roundHalfEven(scale * position * unit)) / (unit / steps)) / steps;
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * The way back from the network's logits to the photo along one axis, in at most two bilinear steps: to the knots,
 * which are the positions of the first step (the network's input, or the logits themselves), and on to the pixels.
 *
 * `!` only on indices within the tables built here.
 */
import type { SemanticOutput } from './manifest.ts';
import type { AxisPlacement } from './placement.ts';
import { affinePlaces } from './taps.ts';

/** Knot k has the value `(1 - weight[k]) * logits[low[k]] + weight[k] * logits[high[k]]`, or 0 if `low[k]` is -1. */
export interface KnotAxis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
  /** Pixel i lies `place[i]` (0..1) of the way from its knot to the next. */
  readonly place: Float64Array;
  /** The pixels `cellStart[k] .. cellStart[k + 1] - 1` lie between knot k and the next; one entry more than knots. */
  readonly cellStart: Int32Array;
}

type Steps = Pick<SemanticOutput, 'toInput' | 'toPhoto'>;

/** `logits`: their number along the axis. */
export function createKnotAxis(axis: AxisPlacement, logits: number, { toInput, toPhoto }: Steps): KnotAxis {
  const { photo, input, start, end, affine } = axis;
  const isDirect = toInput === 'none';
  const knotCount = isDirect ? logits : end - start;
  const inInput = placesInInput(axis, toPhoto);
  const places = Float64Array.from({ length: photo }, (_, pixel) => {
    const place = inInput(pixel);
    if (isDirect) return placeInLogits(place + start, input, logits, toPhoto);
    return toPhoto === 'nearest' ? Math.floor(place) : place;
  });
  const knots = Float64Array.from({ length: knotCount }, (_, knot) =>
    isDirect ? knot : clamp(placeInLogits(knot + start, input, logits, toInput), 0, logits - 1),
  );
  // The affine map has one more knot at each end, which is 0.
  const edge = affine ? 1 : 0;
  return toTable(
    knots,
    places.map((place) => clamp(place + edge, 0, knotCount - 1 + 2 * edge)),
    { logits, edge },
  );
}

/**
 * From a pixel of the photo to its place in the part of the input that the photo takes up. Places are those of centers,
 * except for `nearest`, for which the first position reaches from 0 to 1.
 */
function placesInInput(
  { photo, start, end, affine }: AxisPlacement,
  method: Steps['toPhoto'],
): (pixel: number) => number {
  const length = end - start;
  if (affine) {
    const { scale, offset } = affine;
    return method === 'nearest' ? (pixel) => scale * pixel + offset + 0.5 : affinePlaces(scale, offset);
  }
  if (method === 'nearest') return (pixel) => (pixel * length) / photo;
  if (method === 'bilinear-align-corners') return (pixel) => (photo > 1 ? (pixel * (length - 1)) / (photo - 1) : 0);
  return (pixel) => ((pixel + 0.5) * length) / photo - 0.5;
}

/** From a place in the input to one among the logits. */
function placeInLogits(place: number, input: number, logits: number, method: Steps['toInput']): number {
  if (method === 'nearest') return Math.floor((place * logits) / input);
  if (method === 'bilinear-align-corners') return input > 1 ? (place * (logits - 1)) / (input - 1) : 0;
  return ((place + 0.5) * logits) / input - 0.5;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** `places`: of the pixels, among the knots and `edge` more at each end. */
function toTable(
  knots: Float64Array,
  places: Float64Array,
  { logits, edge }: { readonly logits: number; readonly edge: number },
): KnotAxis {
  const count = knots.length + 2 * edge;
  const low = new Int32Array(count).fill(-1);
  const high = new Int32Array(count).fill(-1);
  const weight = new Float64Array(count);
  knots.forEach((place, knot) => {
    low[knot + edge] = Math.floor(place);
    high[knot + edge] = Math.min(Math.floor(place) + 1, logits - 1);
    weight[knot + edge] = place - Math.floor(place);
  });
  const cellStart = new Int32Array(count + 1);
  let pixel = 0;
  for (let knot = 0; knot <= count; knot++) {
    while (pixel < places.length && places[pixel]! < knot) pixel++;
    cellStart[knot] = pixel;
  }
  return { low, high, weight, place: places.map((place) => place - Math.floor(place)), cellStart };
}

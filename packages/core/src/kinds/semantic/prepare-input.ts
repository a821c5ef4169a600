/**
 * From a photo to the network's input. The resized photo is rounded to 8-bit levels, as the libraries have it in which
 * such networks are trained, and only then normalized.
 *
 * `!` only in pixel loops over typed arrays of known sizes.
 */
import type { Photo, RgbImage } from '../../image/photo.ts';
import type { FloatTensor } from '../../model/session.ts';
import type { SemanticInput } from './manifest.ts';
import type { Placement } from './placement.ts';
import { createTaps, type Taps } from './taps.ts';

/** Decodes the photo and draws it: [1, 3, height, width], or [1, height, width, 3]. */
export async function prepareInput(photo: Photo, placement: Placement, rule: SemanticInput): Promise<FloatTensor> {
  const { x, y } = placement;
  const colors = { ignoreProfile: rule.profile === 'ignore' };
  const isResizedFirst = rule.resize === 'bilinear-antialias';
  const image = isResizedFirst
    ? await photo.resized(x.end - x.start, y.end - y.start, colors)
    : await photo.rgb(colors);
  return drawPhoto(image, placement, rule);
}

function drawPhoto(image: RgbImage, { x, y }: Placement, rule: SemanticInput): FloatTensor {
  const isShrunk = x.photo >= x.end - x.start && y.photo >= y.end - y.start;
  const taps = { x: createTaps(x, rule.resize, isShrunk), y: createTaps(y, rule.resize, isShrunk) };
  const [width, height] = [x.input, y.input];
  const data = new Float32Array(3 * width * height);
  const planar = rule.layout === 'nchw';
  const [plane, step] = planar ? [width * height, 1] : [1, 3];
  const channels = [0, 1, 2].map((place) => createChannel(rule, place));
  const row = new Float64Array(3 * image.width);
  for (let line = 0; line < height; line++) {
    blendRows(image, taps.y, line, row);
    channels.forEach((channel, place) => {
      drawRow(row, taps, line, channel, data.subarray(place * plane + line * width * step), step);
    });
  }
  return { data, shape: planar ? [1, 3, height, width] : [1, height, width, 3] };
}

/** One channel of the tensor. */
interface Channel {
  /** Of the photo: 0 red, 1 green, 2 blue. */
  readonly source: number;
  /** The tensor's value for each level. */
  readonly values: Float32Array;
  /** The level beside the photo, and its value. */
  readonly fill: number;
  readonly fillValue: number;
}

function createChannel({ channels, scale, mean, std, fill }: SemanticInput, place: number): Channel {
  const value = (level: number): number => (level * scale - mean[place]!) / std[place]!;
  const level = fill === 'mean' ? mean[place]! / scale : fill;
  return {
    source: channels === 'rgb' ? place : 2 - place,
    values: Float32Array.from({ length: 256 }, (_, level) => value(level)),
    fill: level,
    fillValue: fill === 'mean' ? 0 : value(level),
  };
}

/** A whole row of the photo's width between its rows: vertical blending happens once for all channels. */
function blendRows({ data, width }: RgbImage, { first, start, weights }: Taps, line: number, into: Float64Array): void {
  into.fill(0);
  let at = first[line]! * width * 3;
  for (let k = start[line]!; k < start[line + 1]!; k++, at += width * 3) {
    const weight = weights[k]!;
    for (let i = 0; i < into.length; i++) into[i]! += data[at + i]! * weight;
  }
}

/** `into[i * step]` for each position of the row. */
function drawRow(
  row: Float64Array,
  { x, y }: { readonly x: Taps; readonly y: Taps },
  line: number,
  channel: Channel,
  into: Float32Array,
  step: number,
): void {
  const { source, values, fill, fillValue } = channel;
  const insideRow = y.inside[line]!;
  for (let i = 0; i < x.first.length; i++) {
    const outside = 1 - x.inside[i]! * insideRow;
    if (outside === 1) {
      into[i * step] = fillValue;
      continue;
    }
    let level = outside * fill;
    let from = x.first[i]! * 3 + source;
    for (let k = x.start[i]!; k < x.start[i + 1]!; k++, from += 3) level += row[from]! * x.weights[k]!;
    into[i * step] = values[Math.min(Math.max(Math.round(level), 0), 255)]!;
  }
}

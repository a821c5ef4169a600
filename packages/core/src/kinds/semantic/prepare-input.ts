/**
 * From a photo to the network's input. The resized photo is rounded to 8-bit levels, as the libraries have it in which
 * such networks are trained, and only then normalized.
 *
 * `!` only in pixel loops over typed arrays of known sizes.
 */
import type { Photo, RgbImage } from '../../image/photo.ts';
import type { FloatTensor } from '../../model/session.ts';
import { blendedRows, type LevelRows, linearRows } from './levels.ts';
import type { SemanticInput } from './manifest.ts';
import type { Placement } from './placement.ts';
import { createTaps } from './taps.ts';

/** Decodes the photo and draws it: [1, 3, height, width], or [1, height, width, 3]. */
export async function prepareInput(photo: Photo, placement: Placement, rule: SemanticInput): Promise<FloatTensor> {
  const { x, y } = placement;
  const colors = { ignoreProfile: rule.profile === 'ignore' };
  const image =
    rule.resize === 'bilinear-antialias'
      ? await photo.resized(x.end - x.start, y.end - y.start, colors)
      : await photo.rgb(colors);
  return drawPhoto(image, placement, rule);
}

function drawPhoto(image: RgbImage, { x, y }: Placement, rule: SemanticInput): FloatTensor {
  const isShrunk = x.photo >= x.end - x.start && y.photo >= y.end - y.start;
  const taps = { x: createTaps(x, rule.resize, isShrunk), y: createTaps(y, rule.resize, isShrunk) };
  const channels = [0, 1, 2].map((place) => createChannel(rule, place));
  const fill = [0, 1, 2].map((source) => channels.find((channel) => channel.source === source)!.fill);
  const isLinear = x.affine === undefined && (rule.resize === 'bilinear' || (rule.resize === 'area' && !isShrunk));
  const rows: LevelRows = isLinear ? linearRows(image, taps) : blendedRows(image, taps, fill);

  const [width, height] = [x.input, y.input];
  const data = new Float32Array(3 * width * height);
  const planar = rule.layout === 'nchw';
  const [plane, step] = planar ? [width * height, 1] : [1, 3];
  for (let line = 0; line < height; line++) {
    const levels = rows(line);
    channels.forEach(({ source, values, fillValue }, place) => {
      let to = place * plane + line * width * step;
      for (let i = 0; i < width; i++, to += step) {
        const isOutside = taps.x.inside[i] === 0 || taps.y.inside[line] === 0;
        data[to] = isOutside ? fillValue : values[levels[3 * i + source]!]!;
      }
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
  return {
    source: channels === 'rgb' ? place : 2 - place,
    values: Float32Array.from({ length: 256 }, (_, level) => value(level)),
    fill: fill === 'mean' ? mean[place]! / scale : fill,
    fillValue: fill === 'mean' ? 0 : value(fill),
  };
}

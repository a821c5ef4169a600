/**
 * Cutting a turned square out of a photo as a network's input.
 *
 * `!` only in the pixel loops, inside bounds that the loops themselves set.
 */
import type { RgbImage } from '../../../image/photo.ts';
import type { Pyramid } from './pyramid.ts';
import { scaleOf, type Similarity } from './similarity.ts';

/** What stands beyond the photo's border: black, or the pixel at the border. */
export type Beyond = 'black' | 'nearest';

export interface SampledSquare {
  /** Side of the input, px. */
  readonly size: number;
  /** From the input's pixels to the photo's. */
  readonly toPhoto: Similarity;
  readonly beyond: Beyond;
}

/**
 * Fills `target`, planes R, G, B of size x size, with the photo's values in -1 .. 1. Bilinear, out of the level of the
 * pyramid that is as fine as the input or up to twice as fine; the mean of 2x2 samples a pixel where it is much finer.
 */
export function samplePhoto(pyramid: Pyramid, { size, toPhoto, beyond }: SampledSquare, target: Float32Array): void {
  const scale = scaleOf(toPhoto);
  const k = Math.min(Math.max(Math.floor(Math.log2(scale)), 0), pyramid.levels - 1);
  const shrink = 2 ** -k;
  const { a, b, tx, ty } = toPhoto;
  const toLevel = { a: a * shrink, b: b * shrink, tx: tx * shrink, ty: ty * shrink };
  const offsets = scale * shrink > muchFiner ? [0.25, 0.75] : [0.5];
  const weight = 1 / (offsets.length * offsets.length) / 127.5;
  target.fill(-1);
  for (const dy of offsets) {
    for (const dx of offsets) addSamples(pyramid.level(k), toLevel, { size, dx, dy, weight, beyond }, target);
  }
}

/** px of the level from sample to sample, from where on single samples would alias. */
const muchFiner = 1.25;

interface SampleGrid {
  readonly size: number;
  /** Where in each pixel of the input the sample lies. */
  readonly dx: number;
  readonly dy: number;
  readonly weight: number;
  readonly beyond: Beyond;
}

function addSamples(
  { data, width, height }: RgbImage,
  toLevel: Similarity,
  grid: SampleGrid,
  target: Float32Array,
): void {
  const { a, b, tx, ty } = toLevel;
  const { size, weight } = grid;
  const plane = size * size;
  const right = width > 1 ? 3 : 0;
  const down = height > 1 ? width * 3 : 0;
  for (let i = 0, at = 0; i < size; i++) {
    // The centre of pixel 0 is at 0.5: here pixel centres are whole numbers.
    let x = a * grid.dx - b * (i + grid.dy) + tx - 0.5;
    let y = b * grid.dx + a * (i + grid.dy) + ty - 0.5;
    for (let j = 0; j < size; j++, at++, x += a, y += b) {
      const isBeyond = x < -0.5 || y < -0.5 || x >= width - 0.5 || y >= height - 0.5;
      if (isBeyond && grid.beyond === 'black') continue;
      const cx = Math.min(Math.max(x, 0), width - 1);
      const cy = Math.min(Math.max(y, 0), height - 1);
      const x0 = Math.min(Math.floor(cx), Math.max(width - 2, 0));
      const y0 = Math.min(Math.floor(cy), Math.max(height - 2, 0));
      const w11 = (cx - x0) * (cy - y0) * weight;
      const w10 = (cy - y0) * weight - w11;
      const w01 = (cx - x0) * weight - w11;
      const w00 = weight - w01 - w10 - w11;
      for (let c = 0, t = at, p = (y0 * width + x0) * 3; c < 3; c++, t += plane, p++) {
        target[t]! += data[p]! * w00 + data[p + right]! * w01 + data[p + down]! * w10 + data[p + down + right]! * w11;
      }
    }
  }
}

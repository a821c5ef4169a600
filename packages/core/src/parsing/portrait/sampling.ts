/**
 * Cutting a turned square out of a photo as a network's input.
 *
 * `!` only in the pixel loops, inside bounds that the loops themselves set.
 */
import type { RgbImage } from '../../image/photo.ts';
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
 * Fills `target`, planes R, G, B of size x size, with the photo's values in -1 .. 1. Bilinear, the mean of 2x2 samples a
 * pixel where the photo is finer than the input; the level of the pyramid leaves at most 1 px between samples.
 */
export function samplePhoto(pyramid: Pyramid, { size, toPhoto, beyond }: SampledSquare, target: Float32Array): void {
  const scale = scaleOf(toPhoto);
  const k = Math.min(Math.max(Math.floor(Math.log2(scale)), 0), pyramid.levels - 1);
  const level = pyramid.level(k);
  const shrink = 2 ** -k;
  const { a, b, tx, ty } = toPhoto;
  const toLevel = { a: a * shrink, b: b * shrink, tx: tx * shrink, ty: ty * shrink };
  const offsets = scale > 1 ? [0.25, 0.75] : [0.5];
  const weight = 1 / (offsets.length * offsets.length) / 127.5;
  target.fill(-1);
  for (const dy of offsets) {
    for (const dx of offsets) addSamples(level, toLevel, { size, dx, dy, weight, beyond }, target);
  }
}

interface SampleGrid {
  readonly size: number;
  /** Where in each pixel of the input the sample lies. */
  readonly dx: number;
  readonly dy: number;
  readonly weight: number;
  readonly beyond: Beyond;
}

function addSamples(level: RgbImage, toLevel: Similarity, grid: SampleGrid, target: Float32Array): void {
  const { data, width, height } = level;
  const { size, weight } = grid;
  const plane = size * size;
  const zeroBeyond = grid.beyond === 'black';
  for (let i = 0, at = 0; i < size; i++) {
    // The centre of pixel 0 is at 0.5: from here on pixel centres are whole numbers.
    let x = toLevel.a * grid.dx - toLevel.b * (i + grid.dy) + toLevel.tx - 0.5;
    let y = toLevel.b * grid.dx + toLevel.a * (i + grid.dy) + toLevel.ty - 0.5;
    for (let j = 0; j < size; j++, at++, x += toLevel.a, y += toLevel.b) {
      if (zeroBeyond && (x < -0.5 || y < -0.5 || x >= width - 0.5 || y >= height - 0.5)) continue;
      const cx = Math.min(Math.max(x, 0), width - 1);
      const cy = Math.min(Math.max(y, 0), height - 1);
      const x0 = Math.min(Math.floor(cx), Math.max(width - 2, 0));
      const y0 = Math.min(Math.floor(cy), Math.max(height - 2, 0));
      const right = width > 1 ? 3 : 0;
      const down = height > 1 ? width * 3 : 0;
      const fx = cx - x0;
      const fy = cy - y0;
      const w11 = fx * fy * weight;
      const w10 = fy * weight - w11;
      const w01 = fx * weight - w11;
      const w00 = weight - w01 - w10 - w11;
      const p = (y0 * width + x0) * 3;
      for (let c = 0, t = at; c < 3; c++, t += plane) {
        const q = p + c;
        target[t]! += data[q]! * w00 + data[q + right]! * w01 + data[q + down]! * w10 + data[q + down + right]! * w11;
      }
    }
  }
}

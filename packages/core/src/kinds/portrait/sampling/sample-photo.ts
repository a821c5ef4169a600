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

function addSamples(level: RgbImage, toLevel: Similarity, grid: SampleGrid, target: Float32Array): void {
  const { a, b, tx, ty } = toLevel;
  const { size, dx, dy } = grid;
  for (let i = 0; i < size; i++) {
    // The centre of pixel 0 is at 0.5: here pixel centres are whole numbers.
    const x = a * dx - b * (i + dy) + tx - 0.5;
    const y = b * dx + a * (i + dy) + ty - 0.5;
    const isInside = isWithin(level, x, y) && isWithin(level, x + (size - 1) * a, y + (size - 1) * b);
    if (isInside) addInsideRow(level, { x, y, stepX: a, stepY: b, at: i * size }, grid, target);
    else addRow(level, { x, y, stepX: a, stepY: b, at: i * size }, grid, target);
  }
}

/** True where the four pixels around a place are in the photo; so are they all along a line between two such places. */
function isWithin({ width, height }: RgbImage, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < width - 1.001 && y < height - 1.001;
}

/** A row of samples: where it starts, and its first pixel in the target. */
interface Row {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly at: number;
}

/** The same as `addRow` without the borders, which takes a third of the time. */
function addInsideRow({ data, width }: RgbImage, row: Row, { size, weight }: SampleGrid, target: Float32Array): void {
  const plane = size * size;
  const down = width * 3;
  for (let j = 0; j < size; j++) {
    const x = row.x + j * row.stepX;
    const y = row.y + j * row.stepY;
    const x0 = x | 0;
    const y0 = y | 0;
    const w11 = (x - x0) * (y - y0) * weight;
    const w10 = (y - y0) * weight - w11;
    const w01 = (x - x0) * weight - w11;
    const w00 = weight - w01 - w10 - w11;
    const p = y0 * down + x0 * 3;
    const q = p + down;
    const t = row.at + j;
    target[t]! += data[p]! * w00 + data[p + 3]! * w01 + data[q]! * w10 + data[q + 3]! * w11;
    target[t + plane]! += data[p + 1]! * w00 + data[p + 4]! * w01 + data[q + 1]! * w10 + data[q + 4]! * w11;
    target[t + 2 * plane]! += data[p + 2]! * w00 + data[p + 5]! * w01 + data[q + 2]! * w10 + data[q + 5]! * w11;
  }
}

function addRow({ data, width, height }: RgbImage, row: Row, grid: SampleGrid, target: Float32Array): void {
  const { size, weight, beyond } = grid;
  const plane = size * size;
  const right = width > 1 ? 3 : 0;
  const down = height > 1 ? width * 3 : 0;
  for (let j = 0; j < size; j++) {
    const x = row.x + j * row.stepX;
    const y = row.y + j * row.stepY;
    const isBeyond = x < -0.5 || y < -0.5 || x >= width - 0.5 || y >= height - 0.5;
    if (isBeyond && beyond === 'black') continue;
    const cx = Math.min(Math.max(x, 0), width - 1);
    const cy = Math.min(Math.max(y, 0), height - 1);
    const x0 = Math.min(Math.floor(cx), Math.max(width - 2, 0));
    const y0 = Math.min(Math.floor(cy), Math.max(height - 2, 0));
    const w11 = (cx - x0) * (cy - y0) * weight;
    const w10 = (cy - y0) * weight - w11;
    const w01 = (cx - x0) * weight - w11;
    const w00 = weight - w01 - w10 - w11;
    for (let c = 0, t = row.at + j, p = (y0 * width + x0) * 3; c < 3; c++, t += plane, p++) {
      target[t]! += data[p]! * w00 + data[p + right]! * w01 + data[p + down]! * w10 + data[p + down + right]! * w11;
    }
  }
}

/**
 * A photo at full size and repeatedly halved, each level made on demand, and cutting rotated squares out of it as a
 * network's input. Sampling the level that is just finer than needed costs the same for a small face as for a close-up,
 * and no detail finer than a sample aliases.
 *
 * `!` only in the pixel loops, inside bounds that the loops themselves set.
 */
import type { RgbImage } from '../../../image/photo.ts';
import { scaleOf, type Similarity } from './similarity.ts';

export interface Pyramid {
  readonly width: number;
  readonly height: number;
  /** Level k has one pixel for 2^k x 2^k of the photo's. Levels end before a side would fall below 1 px. */
  level(k: number): RgbImage;
  readonly levels: number;
}

export function createPyramid(photo: RgbImage): Pyramid {
  const made = [photo];
  const levels = 1 + Math.floor(Math.log2(Math.min(photo.width, photo.height)));
  const level = (k: number): RgbImage => {
    const known = made[k];
    if (known) return known;
    const half = halved(level(k - 1));
    made[k] = half;
    return half;
  };
  return { width: photo.width, height: photo.height, levels, level };
}

/** Means of 2x2 pixels. An odd last row or column is dropped: half a pixel of this level, at the border. */
function halved({ data, width, height }: RgbImage): RgbImage {
  const [w, h] = [width >> 1, height >> 1];
  const half = new Uint8Array(w * h * 3);
  const stride = width * 3;
  for (let y = 0, target = 0; y < h; y++) {
    for (let x = 0, source = 2 * y * stride; x < w; x++, source += 6, target += 3) {
      for (let c = 0; c < 3; c++) {
        const above = source + c;
        const below = above + stride;
        half[target + c] = (data[above]! + data[above + 3]! + data[below]! + data[below + 3]! + 2) >> 2;
      }
    }
  }
  return { data: half, width: w, height: h };
}

/** What lies beyond the photo's border: black, or the nearest pixel of the border. */
type Beyond = 'black' | 'nearest';

interface SampledSquare {
  /** Side of the input, px. */
  readonly size: number;
  /** From the input's pixels to the photo's. */
  readonly toPhoto: Similarity;
  readonly beyond: Beyond;
}

/**
 * Fills `target`, planes R, G, B of size x size, with the photo's values in -1 .. 1. Bilinear, from the level of the
 * pyramid that is as fine as the input or up to twice as fine; if it is much finer, the mean of 2x2 samples per pixel.
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

/** px of the level from sample to sample above which single samples would alias. */
const muchFiner = 1.25;

interface SampleGrid {
  readonly size: number;
  /** Where the sample lies in each pixel of the input. */
  readonly dx: number;
  readonly dy: number;
  readonly weight: number;
  readonly beyond: Beyond;
}

function addSamples(level: RgbImage, toLevel: Similarity, grid: SampleGrid, target: Float32Array): void {
  const { a, b, tx, ty } = toLevel;
  const { size, dx, dy } = grid;
  for (let i = 0; i < size; i++) {
    // From coordinates in which the center of pixel 0 is at 0.5 to ones in which it is at 0.
    const x = a * dx - b * (i + dy) + tx - 0.5;
    const y = b * dx + a * (i + dy) + ty - 0.5;
    const isInside = isWithin(level, x, y) && isWithin(level, x + (size - 1) * a, y + (size - 1) * b);
    if (isInside) addInsideRow(level, { x, y, stepX: a, stepY: b, at: i * size }, grid, target);
    else addRow(level, { x, y, stepX: a, stepY: b, at: i * size }, grid, target);
  }
}

/** True if the four pixels around a place are in the photo; then so are those along a line between two such places. */
function isWithin({ width, height }: RgbImage, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < width - 1.001 && y < height - 1.001;
}

/** A row of samples: where it starts, its steps, and its first pixel in the target. */
interface Row {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly at: number;
}

/**
 * Like `addRow`, but without the borders, which takes a third of the time. Of a small photo, several samples in a row
 * lie between the same four pixels, which are then read once.
 */
function addInsideRow({ data, width }: RgbImage, row: Row, { size, weight }: SampleGrid, target: Float32Array): void {
  const plane = size * size;
  const down = width * 3;
  let known = -1;
  // Of each plane: the first of the four pixels, and what is added to the right, below, and in both directions.
  let [r, rx, ry, rxy] = [0, 0, 0, 0];
  let [g, gx, gy, gxy] = [0, 0, 0, 0];
  let [b, bx, by, bxy] = [0, 0, 0, 0];
  for (let j = 0; j < size; j++) {
    const x = row.x + j * row.stepX;
    const y = row.y + j * row.stepY;
    const x0 = x | 0;
    const y0 = y | 0;
    const p = y0 * down + x0 * 3;
    if (p !== known) {
      known = p;
      const q = p + down;
      r = data[p]!;
      g = data[p + 1]!;
      b = data[p + 2]!;
      rx = data[p + 3]! - r;
      gx = data[p + 4]! - g;
      bx = data[p + 5]! - b;
      ry = data[q]! - r;
      gy = data[q + 1]! - g;
      by = data[q + 2]! - b;
      rxy = data[q + 3]! - data[q]! - rx;
      gxy = data[q + 4]! - data[q + 1]! - gx;
      bxy = data[q + 5]! - data[q + 2]! - bx;
    }
    const fx = x - x0;
    const fy = y - y0;
    const fxy = fx * fy;
    const t = row.at + j;
    target[t]! += (r + rx * fx + ry * fy + rxy * fxy) * weight;
    target[t + plane]! += (g + gx * fx + gy * fy + gxy * fxy) * weight;
    target[t + 2 * plane]! += (b + bx * fx + by * fy + bxy * fxy) * weight;
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

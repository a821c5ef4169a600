/**
 * The size that a photo is resized to, and the resizing itself, exactly as Pillow's `Image.resize(size, BILINEAR)`
 * does it, which is how the reference prepares a photo: a triangle filter that widens as the photo shrinks, rows
 * before columns, 22-bit fixed-point weights, rounded to whole levels in between (Pillow, src/libImaging/Resample.c).
 * libvips differs: it enlarges half a pixel off center and shrinks with a box filter first.
 *
 * `!` only on indices that come from the tables built here.
 */
import type { RgbImage } from './photo.ts';

/** The weights of each output position: `count` of them, from input `first` on, at `weights[position * stride]`. */
interface Filter {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}

const precisionBits = 22;
const half = 1 << (precisionBits - 1);

/** Resizes to exactly this size, px. */
export function resizeRgb(image: RgbImage, width: number, height: number): RgbImage {
  const across = width === image.width ? image : resizeAcross(image, width);
  return height === image.height ? across : resizeDown(across, height);
}

function resizeAcross({ data, width: fromWidth, height }: RgbImage, width: number): RgbImage {
  const { first, count, weights, stride } = createFilter(fromWidth, width);
  const out = new Uint8Array(width * height * 3);
  let o = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let red = half;
      let green = half;
      let blue = half;
      let i = (y * fromWidth + first[x]!) * 3;
      const end = x * stride + count[x]!;
      for (let w = x * stride; w < end; w++) {
        const weight = weights[w]!;
        red = (red + Math.imul(data[i]!, weight)) | 0;
        green = (green + Math.imul(data[i + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[i + 2]!, weight)) | 0;
        i += 3;
      }
      out[o] = red >> precisionBits;
      out[o + 1] = green >> precisionBits;
      out[o + 2] = blue >> precisionBits;
      o += 3;
    }
  }
  return { data: out, width, height };
}

function resizeDown({ data, width, height: fromHeight }: RgbImage, height: number): RgbImage {
  const { first, count, weights, stride } = createFilter(fromHeight, height);
  const rowLength = width * 3;
  const out = new Uint8Array(rowLength * height);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    let w = y * stride;
    const end = w + count[y]!;
    let from = first[y]! * rowLength;
    for (; w + 4 <= end; w += 4) {
      addFourRows(sums, data, from, weights.subarray(w, w + 4));
      from += 4 * rowLength;
    }
    for (; w < end; w++) {
      const weight = weights[w]!;
      for (let i = 0; i < rowLength; i++) sums[i] = (sums[i]! + Math.imul(data[from + i]!, weight)) | 0;
      from += rowLength;
    }
    for (let i = 0; i < rowLength; i++) out[y * rowLength + i] = sums[i]! >> precisionBits;
  }
  return { data: out, width, height };
}

/** Four rows at once: the sums are read and written a quarter as often. */
function addFourRows(sums: Int32Array, data: Uint8Array, first: number, weights: Int32Array): void {
  const [weight1, weight2, weight3, weight4] = [weights[0]!, weights[1]!, weights[2]!, weights[3]!];
  const second = first + sums.length;
  const third = second + sums.length;
  const fourth = third + sums.length;
  for (let i = 0; i < sums.length; i++) {
    const upper = Math.imul(data[first + i]!, weight1) + Math.imul(data[second + i]!, weight2);
    const lower = Math.imul(data[third + i]!, weight3) + Math.imul(data[fourth + i]!, weight4);
    sums[i] = (sums[i]! + upper + lower) | 0;
  }
}

function createFilter(fromLength: number, length: number): Filter {
  const scale = fromLength / length;
  const support = Math.max(scale, 1);
  const stride = Math.ceil(support) * 2 + 1;
  const filter = {
    first: new Int32Array(length),
    count: new Int32Array(length),
    weights: new Int32Array(length * stride),
    stride,
  };
  for (let position = 0; position < length; position++) {
    const center = (position + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(fromLength, Math.trunc(center + support + 0.5));
    const triangle = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - center + 0.5) * (1 / support))),
    );
    const total = triangle.reduce((sum, weight) => sum + weight, 0);
    filter.first[position] = first;
    filter.count[position] = triangle.length;
    triangle.forEach((weight, k) => {
      filter.weights[position * stride + k] = Math.trunc(0.5 + (weight / total) * (1 << precisionBits));
    });
  }
  return filter;
}

/** The size that a photo is resized to, px, and its ratio to the original. */
export interface TargetSize {
  readonly width: number;
  readonly height: number;
  /** resized / original, before the sides are rounded. */
  readonly scale: number;
}

/**
 * The size at which the short side is `shortSide`, or, if the long side would then exceed `maxSide`, the size at which
 * the long side is `maxSide`. Each side is rounded half up and at least 1 px. The arithmetic follows Detectron2's
 * `ResizeShortestEdge` step by step, so that sizes match the reference's to the pixel.
 */
export function shortSideSize(
  photo: { readonly width: number; readonly height: number },
  shortSide: number,
  maxSide: number,
): TargetSize {
  const scale = shortSide / Math.min(photo.width, photo.height);
  const isLandscape = photo.height < photo.width;
  const width = isLandscape ? scale * photo.width : shortSide;
  const height = isLandscape ? shortSide : scale * photo.height;
  const longSide = Math.max(width, height);
  const cap = longSide > maxSide ? maxSide / longSide : 1;
  return { width: roundSide(width * cap), height: roundSide(height * cap), scale: scale * cap };
}

function roundSide(length: number): number {
  return Math.max(1, Math.floor(length + 0.5));
}

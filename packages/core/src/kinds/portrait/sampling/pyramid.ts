/**
 * A photo at its full size and at halves of it, made as they are asked for. Sampling the level that is just finer than
 * needed costs the same for a small face as for a close-up, and no detail finer than a sample aliases.
 *
 * `!` only in the pixel loops, inside bounds that the loops themselves set.
 */
import type { RgbImage } from '../../../image/photo.ts';

export interface Pyramid {
  readonly width: number;
  readonly height: number;
  /** Level k has a pixel for 2^k by 2^k of the photo. Levels end where a side would fall below 1 px. */
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

/** Means of 2x2 pixels. An odd last row or column is left out: half a pixel of the level above, at the border. */
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

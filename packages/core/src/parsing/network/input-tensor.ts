/**
 * From pixels to the network's input.
 *
 * `!` only in tensor loops over typed arrays of known sizes.
 */
import type { RgbImage } from '../../image/photo.ts';
import type { FloatTensor } from '../../model/session.ts';
import type { Box, Size } from '../resize/resize-steps.ts';

/** `(x - mean) / std` per channel, for x in 0..255, RGB. */
export interface InputRule {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** The sides of the network's input are multiples of this, px. */
  readonly padMultiple: number;
}

/** Pixels to draw: channel c of pixel i is `data[c * planeStride + i * pixelStride]`, 0..255. */
export interface Pixels extends Size {
  readonly data: Uint8Array | Float32Array;
  readonly planeStride: number;
  readonly pixelStride: number;
}

export function interleavedPixels({ data, width, height }: RgbImage): Pixels {
  return { data, width, height, planeStride: 1, pixelStride: 3 };
}

/** `data`: three planes, R, G, B. */
export function planarPixels(data: Float32Array, { width, height }: Size): Pixels {
  return { data, width, height, planeStride: width * height, pixelStride: 1 };
}

/**
 * The network's input [1, 3, H, W]: normalized pixels, padded with 0.0 to the right and below up to the next multiple.
 * Its buffer is reused from photo to photo.
 */
export class InputTensor {
  readonly #rule: InputRule;
  #buffer = new Float32Array(0);
  #padded: Size = { width: 0, height: 0 };

  constructor(rule: InputRule) {
    this.#rule = rule;
  }

  get padded(): Size {
    return this.#padded;
  }

  /** Valid until the next `clear`. */
  get tensor(): FloatTensor {
    const { width, height } = this.#padded;
    return { data: this.#buffer.subarray(0, 3 * width * height), shape: [1, 3, height, width] };
  }

  /** Resizes the tensor for a photo of this size and fills it with 0.0. */
  clear(size: Size): void {
    const pad = (length: number) => Math.ceil(length / this.#rule.padMultiple) * this.#rule.padMultiple;
    this.#padded = { width: pad(size.width), height: pad(size.height) };
    const length = 3 * this.#padded.width * this.#padded.height;
    if (this.#buffer.length < length) this.#buffer = new Float32Array(length);
    else this.#buffer.fill(0, 0, length);
  }

  /** Fills a box with a gray level, 0..255. */
  fill(box: Box, gray: number): void {
    this.#eachRow(box, (row, channel) => row.fill(this.#normalize(gray, channel)));
  }

  /** Draws pixels with their top left corner at (`x`, `y`). */
  draw(pixels: Pixels, x = 0, y = 0): void {
    const { data, width, height, planeStride, pixelStride } = pixels;
    const box = { x0: x, y0: y, x1: x + width, y1: y + height };
    this.#eachRow(box, (row, channel, line) => {
      const mean = this.#rule.mean[channel]!;
      const std = this.#rule.std[channel]!;
      let from = channel * planeStride + line * width * pixelStride;
      for (let i = 0; i < width; i++) {
        row[i] = (data[from]! - mean) / std;
        from += pixelStride;
      }
    });
  }

  #normalize(value: number, channel: number): number {
    return (value - this.#rule.mean[channel]!) / this.#rule.std[channel]!;
  }

  /** Each row of a box, as a view into the tensor; `line` counts from the box's top. */
  #eachRow({ x0, y0, x1, y1 }: Box, visit: (row: Float32Array, channel: number, line: number) => void): void {
    const { width, height } = this.#padded;
    for (let channel = 0; channel < 3; channel++) {
      for (let y = y0; y < y1; y++) {
        const start = (channel * height + y) * width;
        visit(this.#buffer.subarray(start + x0, start + x1), channel, y - y0);
      }
    }
  }
}

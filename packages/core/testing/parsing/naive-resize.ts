/**
 * The oracle of the resizing tests: each resize done whole, as the reference does, and with nothing of the code under
 * test. `!` only on indices within the arrays' own sizes.
 */
import type { Box, ResizeSteps, Size } from '../../src/parsing/resize/resize-steps.ts';

/** Resizes a whole map as PyTorch's bilinear `interpolate` does with `align_corners=False`. */
export function resizeMap(map: Float32Array, from: Size, to: Size): Float32Array {
  const xs = Array.from({ length: to.width }, (_, x) => sourcePosition(from.width, to.width, x));
  const ys = Array.from({ length: to.height }, (_, y) => sourcePosition(from.height, to.height, y));
  const out = new Float32Array(to.width * to.height);
  for (const [row, y] of ys.entries()) {
    const above = Math.floor(y);
    const below = Math.min(above + 1, from.height - 1);
    for (const [column, x] of xs.entries()) {
      const left = Math.floor(x);
      const right = Math.min(left + 1, from.width - 1);
      const across = (line: number) =>
        map[line * from.width + left]! * (1 - (x - left)) + map[line * from.width + right]! * (x - left);
      out[row * to.width + column] = across(above) * (1 - (y - above)) + across(below) * (y - above);
    }
  }
  return out;
}

/** Where output `i` lies among the inputs, computed in float32 step by step (PyTorch, aten/native/UpSample.h). */
function sourcePosition(inSize: number, outSize: number, i: number): number {
  const scale = Math.fround(inSize / outSize);
  const position = Math.fround(Math.fround(scale * (i + 0.5)) - 0.5);
  return Math.min(Math.max(0, position), inSize - 1);
}

export function cutMap(map: Float32Array, width: number, box: Box): Float32Array {
  const out = new Float32Array((box.x1 - box.x0) * (box.y1 - box.y0));
  for (let y = box.y0; y < box.y1; y++) {
    out.set(map.subarray(y * width + box.x0, y * width + box.x1), (y - box.y0) * (box.x1 - box.x0));
  }
  return out;
}

/** Resizes logits to the photo in the two steps, with whole maps in between. */
export function resizeInTwoSteps(logits: Float32Array, steps: ResizeSteps): Float32Array {
  const { padded, cut, photo } = steps;
  const whole = resizeMap(logits, steps.logits, padded);
  const size = { width: cut.x1 - cut.x0, height: cut.y1 - cut.y0 };
  return resizeMap(cutMap(whole, padded.width, cut), size, photo);
}

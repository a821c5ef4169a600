// The tests' oracle: each resize done whole, as the reference does. `!` below: indices within the arrays' own sizes.
import { createLerpTable } from '../../src/parsing/resize/lerp-table.ts';
import type { Box, ResizeSteps, Size } from '../../src/parsing/resize/resize-steps.ts';

/** Bilinear, align_corners false, of a whole map. */
export function resizeMap(map: Float32Array, from: Size, to: Size): Float32Array {
  const xs = createLerpTable(from.width, to.width);
  const ys = createLerpTable(from.height, to.height);
  const out = new Float32Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const row = (at: number) =>
        map[at * from.width + xs.low[x]!]! * (1 - xs.weight[x]!) + map[at * from.width + xs.high[x]!]! * xs.weight[x]!;
      out[y * to.width + x] = row(ys.low[y]!) * (1 - ys.weight[y]!) + row(ys.high[y]!) * ys.weight[y]!;
    }
  }
  return out;
}

export function cutMap(map: Float32Array, width: number, box: Box): Float32Array {
  const out = new Float32Array((box.x1 - box.x0) * (box.y1 - box.y0));
  for (let y = box.y0; y < box.y1; y++) {
    out.set(map.subarray(y * width + box.x0, y * width + box.x1), (y - box.y0) * (box.x1 - box.x0));
  }
  return out;
}

/** Logits to the photo's size in the two steps, with whole maps between. */
export function resizeInTwoSteps(logits: Float32Array, steps: ResizeSteps): Float32Array {
  const { padded, cut, photo } = steps;
  const whole = resizeMap(logits, steps.logits, padded);
  const size = { width: cut.x1 - cut.x0, height: cut.y1 - cut.y0 };
  return resizeMap(cutMap(whole, padded.width, cut), size, photo);
}

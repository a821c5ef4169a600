import { expect, test } from 'vitest';
import { fitBox } from './parser.ts';

const box = { width: 192, height: 256 };

/** The first three are golden cases of the reference (`crop_box`). */
test.each([
  [298, 299, [0, 32, 192, 224]],
  [640, 425, [0, 64, 192, 191]],
  [120, 87, [36, 84, 156, 171]],
  [192, 256, [0, 0, 192, 256]],
  [384, 512, [0, 0, 192, 256]],
  [1, 1, [95, 127, 96, 128]],
  [10_000, 1, [0, 127, 192, 128]],
  [1, 10_000, [95, 0, 96, 256]],
  // 294 * (192 / 294) is less than 192 in floating point: a rounded scale must not lose the last pixel.
  [294, 147, [0, 80, 192, 176]],
])('a photo of %i x %i takes up %j of a box of 192 x 256', (width, height, [x0, y0, x1, y1]) => {
  expect(fitBox({ width, height }, box).cut).toEqual({ x0, y0, x1, y1 });
});

test('the scale is resized / original, and never above 1', () => {
  expect(fitBox({ width: 384, height: 100 }, box).scale).toBe(0.5);
  expect(fitBox({ width: 19, height: 25 }, box).scale).toBe(1);
});

import { expect, test } from 'vitest';
import type { Photo, RgbImage } from '../../image/photo.ts';
import type { SemanticInput } from './manifest.ts';
import { placePhoto } from './placement.ts';
import { prepareInput } from './prepare-input.ts';

/** Three rows of seven gray pixels: one, its negative, and the first at half the light. */
const row = [0, 53, 106, 159, 212, 9, 62];
const levels = [...row, ...row.map((level) => 255 - level), ...row.map((level) => Math.floor(level / 2))];
const picture: RgbImage = {
  width: 7,
  height: 3,
  data: Uint8Array.from(levels.flatMap((level) => [level, level, level])),
};
const photo: Photo = {
  ...{ width: 7, height: 3, format: 'png' },
  rgb: async () => picture,
  resized: async () => picture,
};

/** The first channel, row by row; levels are left as they are. */
async function levelsOf(size: { width: number; height: number }, rule: Pick<SemanticInput, 'fit' | 'resize'>) {
  const input: SemanticInput = {
    ...{ name: 'x', layout: 'nchw', channels: 'rgb', profile: 'ignore', size, ...rule },
    ...{ scale: 1, mean: [0, 0, 0], std: [1, 1, 1], fill: 0 },
  };
  const { data } = await prepareInput(photo, placePhoto(photo, input, { short_side: 540, max_side: 1333 }), input);
  return Array.from({ length: size.height }, (_, y) => [...data.subarray(y * size.width, (y + 1) * size.width)]);
}

/** Computed by OpenCV 4.13 (`cv2.resize`, `cv2.warpAffine`) on 2026-11-26. */
test.each([
  [
    'bilinear, enlarged',
    { width: 10, height: 5 },
    { fit: 'stretch', resize: 'bilinear' },
    [
      [0, 29, 66, 103, 140, 178, 202, 60, 33, 62],
      [102, 108, 115, 123, 130, 137, 142, 114, 108, 114],
      [255, 226, 189, 152, 115, 77, 53, 195, 222, 193],
      [102, 99, 95, 91, 88, 84, 82, 96, 98, 96],
      [0, 14, 33, 52, 70, 88, 101, 29, 16, 31],
    ],
  ],
  [
    'area, enlarged',
    { width: 10, height: 5 },
    { fit: 'stretch', resize: 'area' },
    [
      [0, 30, 61, 106, 144, 174, 212, 38, 32, 62],
      [85, 95, 105, 120, 133, 143, 156, 98, 95, 106],
      [255, 225, 194, 149, 111, 81, 43, 217, 223, 193],
      [85, 85, 85, 85, 85, 85, 85, 85, 85, 85],
      [0, 15, 30, 53, 72, 87, 106, 19, 16, 31],
    ],
  ],
  [
    'area, shrunk',
    { width: 3, height: 2 },
    { fit: 'stretch', resize: 'area' },
    [
      [98, 138, 105],
      [85, 85, 85],
    ],
  ],
  [
    'nearest',
    { width: 4, height: 2 },
    { fit: 'stretch', resize: 'nearest' },
    [
      [0, 53, 159, 9],
      [255, 202, 96, 246],
    ],
  ],
  [
    "SCHP's map, in steps of 1/32",
    { width: 5, height: 5 },
    { fit: 'affine', resize: 'bilinear' },
    [
      [0, 0, 0, 0, 0],
      [0, 40, 80, 55, 31],
      [255, 176, 96, 145, 193],
      [0, 20, 40, 28, 16],
      [0, 0, 0, 0, 0],
    ],
  ],
] as const)('%s, as OpenCV does it', async (_, size, rule, expected) => {
  expect(await levelsOf(size, rule)).toEqual(expected);
});

test("with corners aligned, the corners are the photo's", async () => {
  const found = await levelsOf({ width: 13, height: 5 }, { fit: 'stretch', resize: 'bilinear-align-corners' });
  expect(found[0]?.filter((_, x) => x % 2 === 0)).toEqual(row);
  expect(found[4]?.[12]).toBe(31);
  expect(found[0]?.[1]).toBe(27);
});

import { expect, test } from 'vitest';
import { keepRegions } from './cutout.ts';
import { boxAround, joinRegions, select } from './region-map.ts';

test('a cutout keeps the chosen pixels as they are and makes the others transparent', () => {
  const map = joinRegions(Uint8Array.from([0, 1, 1, 0, 2, 1]), Uint8Array.from([0, 1, 1, 0, 1, 2]), 3, 2);
  const regions = select(map, { classId: 1 });
  const box = boxAround(regions)!;
  expect(box).toEqual({ left: 1, top: 0, right: 3, bottom: 2 });
  const pixels = new Uint8ClampedArray(4 * 4).fill(200);
  keepRegions(pixels, map, box, new Set(regions.map(({ id }) => id)));
  expect([3, 7, 11, 15].map((at) => pixels[at])).toEqual([200, 200, 0, 200]);
  expect(pixels[8]).toBe(200);
});

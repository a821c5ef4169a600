import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Palette } from './palettes.ts';
import { encodeOverlay } from './photo-pictures.ts';

it('blends each class’s color half and half with the photo, and leaves background unchanged', async () => {
  const [width, height] = [32, 16];
  const data = new Uint8Array(width * height * 3).fill(100);
  const colormap = Uint8Array.from({ length: width * height }, (_, i) => (i % width < 16 ? 0 : 2));
  const palette = [
    [9, 9, 9],
    [1, 1, 1],
    [200, 0, 50],
  ] satisfies Palette;
  const jpeg = await encodeOverlay({ data, width, height }, colormap, palette);
  expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width, height });
  const decoded = await sharp(jpeg).raw().toBuffer();
  expect(decoded).toHaveLength(width * height * 3);
  // JPEG is off by a few levels.
  for (const [x, color] of [
    [4, [100, 100, 100]],
    [27, [150, 50, 75]],
  ] as const) {
    color.forEach((level, channel) => {
      expect(Math.abs((decoded[x * 3 + channel] ?? NaN) - level)).toBeLessThanOrEqual(4);
    });
  }
});

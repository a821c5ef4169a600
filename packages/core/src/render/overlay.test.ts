import sharp from 'sharp';
import { expect, it } from 'vitest';
import { encodeOverlay } from './overlay.ts';
import type { Palette } from './palettes.ts';

it('lays half of each class’s colour over the photo, and leaves background as it is', async () => {
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
  const pixelAt = (x: number): number[] => [...decoded.subarray(x * 3, x * 3 + 3)];
  // JPEG is off by a few levels.
  for (const [x, color] of [
    [4, [100, 100, 100]],
    [27, [150, 50, 75]],
  ] as const) {
    pixelAt(x).forEach((value, channel) => expect(Math.abs(value - (color[channel] ?? NaN))).toBeLessThanOrEqual(4));
  }
});

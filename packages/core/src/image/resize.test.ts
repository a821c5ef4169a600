import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from './photo.ts';
import { resizeRgb, shortSideSize } from './resize.ts';

/** A row of gray pixels from its levels, and back from its red channel. */
const toRow = (values: readonly number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value, value, value]));
const fromRow = (data: Uint8Array): number[] => [...data].filter((_value, i) => i % 3 === 0);

describe('resizeRgb', () => {
  const row = [0, 100, 255, 30];

  it('shrinks with a triangle as wide as the scale', () => {
    const { data } = resizeRgb({ data: toRow(row), width: 4, height: 1 }, 2, 1);
    // Weights 1/4, 3/4, 3/4, 1/4 around the middle of two pixels, cut off at the edge: (3, 3, 1) / 7.
    expect(fromRow(data)).toEqual([Math.round((3 * 0 + 3 * 100 + 255) / 7), Math.round((100 + 3 * 255 + 3 * 30) / 7)]);
  });

  it('enlarges around the pixels’ centers, not their corners', () => {
    const { data } = resizeRgb({ data: toRow(row), width: 4, height: 1 }, 8, 1);
    expect(fromRow(data)).toEqual([0, 25, 75, 139, 216, 199, 86, 30]);
  });

  it('treats columns as it treats rows', () => {
    const across = resizeRgb({ data: toRow(row), width: 4, height: 1 }, 3, 1);
    const down = resizeRgb({ data: toRow(row), width: 1, height: 4 }, 1, 3);
    expect(down.data).toEqual(across.data);
  });

  /**
   * What Pillow 13.0.0 gives, by
   *   i = numpy.arange(width * height * 3)
   *   photo = ((i * 7919 + (i >> 3) * 104729) % 256).astype(numpy.uint8).reshape(height, width, 3)
   *   hashlib.sha256(Image.fromarray(photo).resize(to, Image.Resampling.BILINEAR).tobytes()).hexdigest()
   */
  const pillow = [
    { from: [37, 23], to: [20, 11], sha256: 'ee08b6d1575defd0f7f48e05d33d8276110ce62a42bd1866bbbd6946e629c318' },
    { from: [20, 11], to: [37, 23], sha256: '3ffbd66d371f576c13f1f93bb9fc2c0155b6658d72c64e8fecbda3309e46fc92' },
    { from: [640, 425], to: [100, 66], sha256: '40a82d0b34905fa7c5675b78c628e36f71012492c7bcfe5f0bddd279682080aa' },
    { from: [64, 48], to: [64, 29], sha256: '98ff9aece2552741ea455198c74f02a88327b3039e609f3d7b46e31ecdb1c568' },
    { from: [64, 48], to: [129, 48], sha256: 'b11eacef5c2a8dc80f3fd27e6db073715929376e146dfc4599a7ab94f1b5611f' },
    { from: [1, 9], to: [1, 3], sha256: 'de9a3b94c975fdcc2bcf3f788120737890576a2facbe6cfdff383dceac84bb5a' },
  ] as const;
  it.each(pillow)(
    'gives the bytes that Pillow gives, $from to $to',
    ({ from: [width, height], to: [toWidth, toHeight], sha256 }) => {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i >> 3) * 104_729) % 256);
      const resized = resizeRgb({ data, width, height }, toWidth, toHeight);
      expect(createHash('sha256').update(resized.data).digest('hex')).toBe(sha256);
    },
  );

  it('is a triangle filter at any size, up to rounding', () => {
    const side = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.constant(1));
    const images = fc.tuple(side, side).chain(([width, height]) => {
      const length = width * height * 3;
      return fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        data: fc.uint8Array({ minLength: length, maxLength: length }),
      });
    });
    fc.assert(
      fc.property(images, side, side, (image, width, height) => {
        const { data, ...size } = resizeRgb(image, width, height);
        expect(size).toEqual({ width, height });
        const expected = resizeNaively(image, width, height);
        expect(data).toHaveLength(expected.length);
        expect(Math.max(...expected.map((value, i) => Math.abs(value - (data[i] ?? NaN))))).toBeLessThanOrEqual(1);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

/** Each pixel from all pixels of its row, then of its column, in floating point. */
function resizeNaively(
  { data, width: fromWidth, height: fromHeight }: RgbImage,
  width: number,
  height: number,
): number[] {
  const across = (x: number, y: number, channel: number): number =>
    Math.round(filtered(fromWidth, width, x, (i) => data[(y * fromWidth + i) * 3 + channel] ?? NaN));
  return Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.round(filtered(fromHeight, height, y, (row) => across(x, row, i % 3)));
  });
}

function filtered(fromLength: number, length: number, position: number, valueAt: (i: number) => number): number {
  const scale = fromLength / length;
  const weights = Array.from({ length: fromLength }, (_, i) =>
    Math.max(0, 1 - Math.abs(i + 0.5 - (position + 0.5) * scale) / Math.max(scale, 1)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.reduce((sum, weight, i) => sum + (weight === 0 ? 0 : (weight / total) * valueAt(i)), 0);
}

const sizes = [
  { photo: [1920, 1080], to: [960, 540], scale: 0.5 },
  { photo: [1080, 1920], to: [540, 960], scale: 0.5 },
  { photo: [500, 500], to: [540, 540], scale: 1.08 },
  // 540 / 333 * 500 = 810.81…
  { photo: [500, 333], to: [811, 540], scale: 540 / 333 },
  // 540 / 8 * 9 = 607.5 goes up.
  { photo: [9, 8], to: [608, 540], scale: 67.5 },
  // The long side would be 2,160: it becomes 1,333, and the short one 333.25.
  { photo: [4000, 1000], to: [1333, 333], scale: 0.33325 },
  { photo: [1, 10_000], to: [1, 1333], scale: 0.1333 },
] as const;

it.each(sizes)('a photo of $photo is resized to $to', ({ photo: [width, height], to, scale }) => {
  const target = shortSideSize({ width, height }, 540, 1333);
  expect([target.width, target.height]).toEqual(to);
  expect(target.scale).toBeCloseTo(scale, 12);
});

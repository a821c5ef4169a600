import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resizeRgb } from './resample.ts';

/** A row of grey pixels, or the red channel of one. */
const toRow = (values: readonly number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value, value, value]));
const fromRow = (data: Uint8Array): number[] => [...data].filter((_value, i) => i % 3 === 0);

describe('resizeRgb', () => {
  const row = [0, 100, 255, 30];

  it('shrinks with a triangle as wide as the scale', () => {
    const { data } = resizeRgb({ data: toRow(row), width: 4, height: 1 }, 2, 1);
    // Weights 3/4 1/4 … around the centre of the first two pixels, cut off at the edge: (3, 3, 1) / 7.
    expect(fromRow(data)).toEqual([Math.round((3 * 0 + 3 * 100 + 255) / 7), Math.round((100 + 3 * 255 + 3 * 30) / 7)]);
  });

  it('enlarges around the pixels’ centres, not their corners', () => {
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
});

import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../../image/photo.ts';
import { createPyramid, samplePhoto } from './pyramid.ts';
import { squareOnto } from './similarity.ts';

function photoOf(width: number, height: number, value: (x: number, y: number) => number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.fill(value(i % width, Math.floor(i / width)), 3 * i, 3 * i + 3);
  return { data, width, height };
}

/** The red plane, back in 0..255. */
function sample(
  photo: RgbImage,
  size: number,
  side: number,
  options: { angle?: number; x?: number; beyond?: 'black' | 'nearest' } = {},
) {
  const { angle = 0, x = photo.width / 2, beyond = 'black' } = options;
  const target = new Float32Array(3 * size * size);
  const toPhoto = squareOnto(size, { center: { x, y: photo.height / 2 }, side, angle });
  samplePhoto(createPyramid(photo), { size, toPhoto, beyond }, target);
  return Array.from(target.subarray(0, size * size), (value) => Math.round((value + 1) * 127.5));
}

describe('sampling a photo', () => {
  const ramp = photoOf(4, 4, (x, y) => 10 * x + 50 * y);

  it('at its own size gives its pixels', () => {
    expect(sample(ramp, 4, 4)).toEqual(Array.from({ length: 16 }, (_, i) => 10 * (i % 4) + 50 * Math.floor(i / 4)));
  });

  it('gives the same inside a photo as at its border', () => {
    const large = photoOf(20, 20, (x, y) => (x * 7 + y * 11) % 250);
    const expected = Array.from({ length: 16 }, (_, i) => ((8 + (i % 4)) * 7 + (8 + Math.floor(i / 4)) * 11) % 250);
    expect(sample(large, 4, 4)).toEqual(expected);
    const whole = sample(large, 20, 20);
    expect(whole).toEqual(Array.from({ length: 400 }, (_, i) => ((i % 20) * 7 + Math.floor(i / 20) * 11) % 250));
  });

  it('rotated by a right angle gives columns for rows', () => {
    expect(sample(ramp, 4, 4, { angle: Math.PI / 2 })).toEqual(
      Array.from({ length: 16 }, (_, i) => 10 * (3 - Math.floor(i / 4)) + 50 * (i % 4)),
    );
  });

  it('at twice its size interpolates evenly from pixel to pixel', () => {
    expect(
      sample(
        photoOf(4, 4, (x) => 40 * x),
        8,
        4,
      ).slice(0, 8),
    ).toEqual([0, 10, 30, 50, 70, 90, 110, 120]);
  });

  it('at a much smaller size averages details instead of aliasing', () => {
    const checks = photoOf(256, 256, (x, y) => ((x + y) % 2) * 254);
    for (const side of [256, 200, 150]) {
      expect(sample(checks, 64, side).every((value) => Math.abs(value - 127) <= 1)).toBe(true);
    }
  });

  it('shows black or the nearest pixel beyond the border', () => {
    const bright = photoOf(4, 4, (x) => 100 + 10 * x);
    expect(sample(bright, 4, 4, { x: 0 }).slice(0, 4)).toEqual([0, 0, 100, 110]);
    expect(sample(bright, 4, 4, { x: 0, beyond: 'nearest' }).slice(0, 4)).toEqual([100, 100, 100, 110]);
  });

  it('of a single pixel or a single row stays inside it', () => {
    expect(
      sample(
        photoOf(1, 1, () => 200),
        2,
        1,
        { beyond: 'nearest' },
      ),
    ).toEqual([200, 200, 200, 200]);
    expect(
      sample(
        photoOf(64, 1, () => 90),
        8,
        64,
        { beyond: 'nearest' },
      ).every((value) => value === 90),
    ).toBe(true);
  });
});

describe('a pyramid', () => {
  it('has levels of half the size down to a side of one pixel, made of means', () => {
    const pyramid = createPyramid(photoOf(9, 5, (x) => 10 * x));
    expect(pyramid.levels).toBe(3);
    expect([pyramid.level(1).width, pyramid.level(1).height]).toEqual([4, 2]);
    expect(Array.from(pyramid.level(1).data.filter((_, i) => i % 3 === 0)).slice(0, 4)).toEqual([5, 25, 45, 65]);
    expect([pyramid.level(2).width, pyramid.level(2).height]).toEqual([2, 1]);
    expect(pyramid.level(1)).toBe(pyramid.level(1));
  });
});

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Palette } from './palettes.ts';
import type { RgbImage } from '../image/photo.ts';
import { encodeCutout, encodeOverlay, encodePeople } from './photo-pictures.ts';

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

/** Every pixel another color. */
function noise(width: number, height: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  return { data, width, height };
}

async function decoded(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(4);
  return { data, width: info.width, height: info.height };
}

/** What the cut at (`left`, `top`) of the photo has to be, pixel by pixel. */
function cutOf(photo: RgbImage, left: number, top: number, isShown: (pixel: number) => boolean, width: number) {
  return (pixelOfCut: number): number[] => {
    const pixel = (top + Math.floor(pixelOfCut / width)) * photo.width + left + (pixelOfCut % width);
    return isShown(pixel) ? [...photo.data.subarray(3 * pixel, 3 * pixel + 3), 255] : [0, 0, 0, 0];
  };
}

async function expectCut(png: Uint8Array, photo: RgbImage, box: number[], isShown: (pixel: number) => boolean) {
  const [left = 0, top = 0, width = 0, height = 0] = box;
  const cut = await decoded(png);
  expect([cut.width, cut.height]).toEqual([width, height]);
  const pixelOf = cutOf(photo, left, top, isShown, width);
  const expected = Array.from({ length: width * height }, (_, pixel) => pixelOf(pixel)).flat();
  expect([...cut.data]).toEqual(expected);
}

const canvasOf = (...rows: string[]): Uint8Array => Uint8Array.from(rows.join(''), Number);

describe('the cutout', () => {
  const photo = noise(6, 5);
  const canvas = canvasOf('000000', '001100', '000500', '020000', '000000');

  it('is the photo where the canvas has something, and nothing elsewhere', async () => {
    const png = await encodeCutout(photo, canvas, false);
    await expectCut(png, photo, [0, 0, 6, 5], (pixel) => canvas[pixel] !== 0);
  });

  it('is cut to the box of what it shows', async () => {
    const png = await encodeCutout(photo, canvas, true);
    await expectCut(png, photo, [1, 1, 3, 3], (pixel) => canvas[pixel] !== 0);
  });

  it('is transparent if there is nothing to show: one pixel if cropped', async () => {
    const nothing = new Uint8Array(30);
    await expectCut(await encodeCutout(photo, nothing, false), photo, [0, 0, 6, 5], () => false);
    await expectCut(await encodeCutout(photo, nothing, true), photo, [0, 0, 1, 1], () => false);
  });
});

describe('people', () => {
  it('are each cut to their own box, by ascending id, without those who have no pixel', async () => {
    const photo = noise(5, 4);
    const instances = canvasOf('40002', '04002', '00224', '00000');
    const people = await encodePeople(photo, instances);
    expect(people.map(({ person }) => person)).toEqual([2, 4]);
    const [second, fourth] = people.map(({ bytes }) => bytes);
    await expectCut(second ?? new Uint8Array(), photo, [2, 0, 3, 3], (pixel) => instances[pixel] === 2);
    await expectCut(fourth ?? new Uint8Array(), photo, [0, 0, 5, 3], (pixel) => instances[pixel] === 4);
  });

  it('are none on an empty canvas', async () => {
    expect(await encodePeople(noise(2, 2), new Uint8Array(4))).toEqual([]);
  });
});

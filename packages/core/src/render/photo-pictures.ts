/**
 * Pictures made from the photo and a canvas over it: the overlay, the cutout, and each person cut out. Parts of the
 * photo are cut row by row, so that no second picture of its size is in memory.
 *
 * `!` only in the loops over pixels: the canvas has as many as the photo.
 */
import { sharp } from '../image/libvips.ts';
import type { RgbImage } from '../image/photo.ts';
import { encodeRgbaPng } from './png.ts';
import type { Palette } from './palettes.ts';

/** A JPEG of the photo with each class's color over it, half transparent; background is left. Changes `photo.data`. */
export async function encodeOverlay(photo: RgbImage, colormap: Uint8Array, palette: Palette): Promise<Uint8Array> {
  blendInPlace(photo.data, colormap, palette);
  const raw = { width: photo.width, height: photo.height, channels: 3 } as const;
  return sharp(photo.data, { raw }).jpeg({ quality: 90 }).toBuffer();
}

function blendInPlace(rgb: Uint8Array, colormap: Uint8Array, palette: Palette): void {
  const colors = Uint8Array.from(palette.flat());
  for (let pixel = 0; pixel < colormap.length; pixel++) {
    const classId = colormap[pixel]!;
    if (classId === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      const i = pixel * 3 + channel;
      rgb[i] = (rgb[i]! + colors[classId * 3 + channel]! + 1) >> 1;
    }
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The photo as RGBA: opaque where the canvas (one byte per pixel) is not 0; elsewhere all four bytes are 0. `crop` cuts
 * it to the box of what is opaque; if that is nothing, one transparent pixel is left.
 */
export function encodeCutout(photo: RgbImage, canvas: Uint8Array, crop: boolean): Promise<Uint8Array> {
  const { width, height } = photo;
  const box = crop ? around(boxesOf(canvas, width).values()) : { x: 0, y: 0, width, height };
  return encodeCut(photo, canvas, box, (value) => value !== 0);
}

/**
 * Each person of the canvas (one person id per pixel, 0 = nobody) as RGBA, cut to the person's box and opaque where the
 * canvas has the person. By ascending id, without people who have no pixel; encoded one at a time.
 */
export async function encodePeople(
  photo: RgbImage,
  instances: Uint8Array,
): Promise<{ person: number; bytes: Uint8Array }[]> {
  const people = [];
  for (const [person, box] of boxesOf(instances, photo.width)) {
    people.push({ person, bytes: await encodeCut(photo, instances, box, (value) => value === person) });
  }
  return people;
}

function encodeCut(
  { data, width }: RgbImage,
  canvas: Uint8Array,
  box: Box,
  isShown: (value: number) => boolean,
): Promise<Uint8Array> {
  const shown = Uint8Array.from({ length: 256 }, (_, value) => (isShown(value) ? 1 : 0));
  return encodeRgbaPng(box.width, box.height, (y, row) => {
    const start = (box.y + y) * width + box.x;
    let isAnyShown = false;
    for (let x = 0; x < box.width; x++) {
      const pixel = start + x;
      if (shown[canvas[pixel]!] === 0) continue;
      isAnyShown = true;
      row[4 * x] = data[3 * pixel]!;
      row[4 * x + 1] = data[3 * pixel + 1]!;
      row[4 * x + 2] = data[3 * pixel + 2]!;
      row[4 * x + 3] = 255;
    }
    return isAnyShown;
  });
}

/** The bounding box of each value on the canvas but 0, px; by ascending value. */
function boxesOf(canvas: Uint8Array, width: number): Map<number, Box> {
  const left = new Uint32Array(256).fill(width);
  const right = new Uint32Array(256);
  const top = new Int32Array(256).fill(-1);
  const bottom = new Uint32Array(256);
  for (let y = 0, pixel = 0; pixel < canvas.length; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      const value = canvas[pixel]!;
      if (value === 0) continue;
      if (x < left[value]!) left[value] = x;
      if (x >= right[value]!) right[value] = x + 1;
      if (top[value]! < 0) top[value] = y;
      bottom[value] = y + 1;
    }
  }
  const found = Array.from({ length: 256 }, (_, value) => value).filter((value) => top[value]! >= 0);
  return new Map(
    found.map((value) => {
      const [x, y] = [left[value]!, top[value]!];
      return [value, { x, y, width: right[value]! - x, height: bottom[value]! - y }];
    }),
  );
}

/** The box around all; one pixel if there are none. */
function around(boxes: Iterable<Box>): Box {
  const all = [...boxes];
  if (all.length === 0) return { x: 0, y: 0, width: 1, height: 1 };
  const x = Math.min(...all.map((box) => box.x));
  const y = Math.min(...all.map((box) => box.y));
  const width = Math.max(...all.map((box) => box.x + box.width)) - x;
  const height = Math.max(...all.map((box) => box.y + box.height)) - y;
  return { x, y, width, height };
}

/**
 * A canvas as pictures: an indexed PNG, and a JPEG of the photo with the label map over it.
 *
 * `!` only in the loop over pixels: the canvas has as many as the photo.
 */
import { promisify } from 'node:util';
import { constants, crc32, deflate } from 'node:zlib';
import { sharp } from '../image/libvips.ts';
import type { RgbImage } from '../image/photo.ts';
import type { Palette } from './palettes.ts';

const deflateAsync = promisify(deflate);

/**
 * Encodes one byte per pixel, each an index into `palette` (1 to 256 colors), as a PNG. sharp cannot do this: it would
 * choose its own palette and renumber the classes. Compression runs on another thread. Throws RangeError if the pixels
 * do not fill the size.
 */
export async function encodeIndexedPng(
  pixels: Uint8Array,
  width: number,
  height: number,
  palette: Palette,
): Promise<Uint8Array> {
  if (pixels.length !== width * height) throw new RangeError(`${pixels.length} pixels do not fill ${width}x${height}.`);
  // Only run lengths: label maps are flat areas. 12 megapixels take 7 ms and 93 KB; level 6 takes 155 ms for 129 KB.
  // It also needs no hash, which zlib chooses by processor: the same pixels give the same bytes everywhere.
  const data = await deflateAsync(withFilterBytes(pixels, width, height), { strategy: constants.Z_RLE });
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk('IHDR', header(width, height)),
    chunk('PLTE', Uint8Array.from(palette.flat())),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Each row begins with its filter type: 0 = none, which suits indices best. */
function withFilterBytes(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return rows;
}

function header(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes[8] = 8; // bits per pixel
  bytes[9] = 3; // indexed color
  return bytes;
}

/** Length, type, data, and the CRC of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
}

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

/** Maps of ids as PNG files: gray or indexed, of 1 to 16 bits. */
import { readFile, stat } from 'node:fs/promises';
import { AppError, photoLimits } from '@m2fp/contract';
import { joinPng, pngChunks, pngColorTypes, type PngHeader, pngHeader, withoutPalette } from '@m2fp/core/render';
import sharp from 'sharp';
import type { IdMap } from '../id-map.ts';

/**
 * Reads a PNG whose pixels are ids: the gray level, or the index of an indexed one, whatever its palette. Three equal
 * channels are as good as one. Throws `image_unreadable` or `image_too_large`, with the path, and `invalid_request`
 * for a colored picture or ids above `highest`.
 */
export async function readIdPng(path: string, highest = 65_535): Promise<IdMap> {
  const map = await decode(await readBytes(path), path);
  const above = highest < 65_535 ? map.ids.find((id) => id > highest) : undefined;
  if (above === undefined) return map;
  throw new AppError('invalid_request', `${path} has ${above} in it: ids up to ${highest} are expected.`);
}

/** As the authors' predictions are: 8 bits, gray. */
export async function encodeIdPng({ width, height, ids }: IdMap): Promise<Uint8Array> {
  return sharp(ids, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

async function readBytes(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size <= photoLimits.maxBytes) return readFile(path);
  throw new AppError('image_too_large', `${path} has ${size} bytes: at most ${photoLimits.maxBytes} are allowed.`);
}

async function decode(bytes: Buffer, path: string): Promise<IdMap> {
  const { png, header } = bareGray(bytes, path);
  const isWide = header.bits === 16;
  const pixels = sharp(png, { failOn: 'warning', limitInputPixels: photoLimits.maxPixels });
  const isColor = header.colorType === pngColorTypes.rgb || header.colorType === pngColorTypes.rgba;
  const space = isColor ? (isWide ? 'rgb16' : 'srgb') : isWide ? 'grey16' : 'b-w';
  const { data, info } = await pixels
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: isWide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new AppError('image_unreadable', `${path} cannot be decoded: ${String(cause)}.`, { cause });
    });
  const samples = isWide ? new Uint16Array(Uint8Array.from(data).buffer) : data;
  const ids = isColor ? firstOfThree(samples, path) : samples;
  // libvips stretches few bits to eight: an index of 1 of two becomes 255.
  const step = header.colorType === pngColorTypes.indexed ? 255 / (2 ** Math.min(header.bits, 8) - 1) : 1;
  return { width: info.width, height: info.height, ids: step === 1 ? ids : ids.map((id) => id / step) };
}

/** Chunks that are about pixels. */
const pixelChunks: ReadonlySet<string> = new Set(['IHDR', 'IDAT', 'IEND']);

/** The PNG with nothing but its pixels, and gray if it was indexed: sharp would give colors instead of indices. */
function bareGray(bytes: Uint8Array, path: string): { readonly png: Uint8Array; readonly header: PngHeader } {
  const chunks = pngChunks(bytes);
  const header = chunks && pngHeader(chunks);
  if (chunks === undefined || header === undefined) {
    throw new AppError('image_unreadable', `${path} is not a PNG.`);
  }
  const bare = chunks.filter(({ type }) => pixelChunks.has(type));
  return { png: joinPng(header.colorType === pngColorTypes.indexed ? withoutPalette(bare) : bare), header };
}

function firstOfThree<T extends Uint8Array | Uint16Array>(samples: T, path: string): Uint8Array | Uint16Array {
  const ids = samples instanceof Uint16Array ? new Uint16Array(samples.length / 3) : new Uint8Array(samples.length / 3);
  for (let i = 0; i < ids.length; i++) {
    const value = samples[3 * i] ?? 0;
    if (samples[3 * i + 1] !== value || samples[3 * i + 2] !== value) {
      throw new AppError('invalid_request', `${path} is a colored picture: a map of ids is gray or indexed.`);
    }
    ids[i] = value;
  }
  return ids;
}

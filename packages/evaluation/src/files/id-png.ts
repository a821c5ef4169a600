/** Maps of ids as PNG files: gray or indexed, of 1 to 16 bits. */
import { readFile, stat } from 'node:fs/promises';
import { AppError, photoLimits } from '@m2fp/contract';
import sharp from 'sharp';
import { crc32 } from 'node:zlib';
import type { IdMap } from '../id-map.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Length, type and check sum. */
const frameBytes = 12;
const headerBytes = 13;
const colorTypes = { gray: 0, rgb: 2, indexed: 3, grayAlpha: 4, rgbAlpha: 6 } as const;

interface Header {
  readonly bits: number;
  readonly colorType: number;
}

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
  const isColor = header.colorType === colorTypes.rgb || header.colorType === colorTypes.rgbAlpha;
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
  const step = header.colorType === colorTypes.indexed ? 255 / (2 ** Math.min(header.bits, 8) - 1) : 1;
  return { width: info.width, height: info.height, ids: step === 1 ? ids : ids.map((id) => id / step) };
}

/** The PNG with nothing but its pixels, and gray if it was indexed: sharp would give colors instead of indices. */
function bareGray(bytes: Buffer, path: string): { png: Buffer; header: Header } {
  const header = bytes.subarray(signature.length + 8, signature.length + 8 + headerBytes);
  if (!bytes.subarray(0, signature.length).equals(signature) || header.length < headerBytes) {
    throw new AppError('image_unreadable', `${path} is not a PNG.`);
  }
  const [bits = 8, colorType = 0] = header.subarray(8, 10);
  const gray = Buffer.from(header);
  if (colorType === colorTypes.indexed) gray[9] = colorTypes.gray;
  const parts = [signature, chunk('IHDR', gray)];
  for (let at = signature.length; at + frameBytes <= bytes.length;) {
    const end = at + frameBytes + bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(bytes.subarray(at, end));
    at = end;
  }
  return { png: Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]), header: { bits, colorType } };
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(data.length + frameBytes);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
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

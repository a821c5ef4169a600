/**
 * Looks at how a photo's file is built before any decoder does, in one pass over its bytes. Decoders are made for
 * ordinary files: what a file may hold often has no bound, and what they do with it can take a time that grows with its
 * square, or hours. So files with too many parts, too large ones or parts that unpack to too much are refused, and so
 * are files that were cut off, as far as decoders would not notice.
 */
import type { PhotoFormat } from '@m2fp/contract';
import { scanAvif } from './avif.ts';
import { scanJpeg, type Decodable } from './jpeg.ts';
import { scanPng } from './png.ts';
import { scanWebp } from './webp.ts';

/** Throws `image_too_large` or `image_unreadable`, and nothing else, whatever the bytes are. */
export function scanPhoto(bytes: Uint8Array, format: PhotoFormat): Decodable {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'jpeg':
      return scanJpeg(view);
    case 'png':
      scanPng(view);
      break;
    case 'webp':
      scanWebp(view);
      break;
    case 'avif':
      scanAvif(view);
      break;
  }
  return { bytes, rowsBelow: 0, isStrict: false };
}

/**
 * Indexed PNGs whose pixels are ids, as `encodeIndexedPng` (packages/core) writes them, with other colors or as gray
 * levels. Sources: PNG specification, sections 5.3, 11.2.1 and 11.2.2.
 */
import { crc32 } from 'node:zlib';
import { AppError } from '@m2fp/contract';
import type { Palette } from '@m2fp/core/render';
import sharp from 'sharp';

const signatureBytes = 8;
const headerBytes = 13;
const bitsAt = 8;
const colorTypeAt = 9;
const indexed = 3;

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** The same pixels in other colors. Throws `invalid_request` if they are no 8-bit indices. */
export function recolored(png: Uint8Array, palette: Palette): Uint8Array {
  const colors = Uint8Array.from(palette.flat());
  return joined(chunksOf(png).map((chunk) => (chunk.type === 'PLTE' ? { type: 'PLTE', data: colors } : chunk)));
}

/** The same pixels as gray levels: the reader that most tools have turns indices into colors. Throws as above. */
export function asGray(png: Uint8Array): Uint8Array {
  return joined(
    chunksOf(png)
      .filter(({ type }) => type !== 'PLTE' && type !== 'tRNS')
      .map((chunk) => (chunk.type === 'IHDR' ? { type: 'IHDR', data: withColorType(chunk.data, 0) } : chunk)),
  );
}

/** By id: the colors of its palette. Throws as above. */
export function paletteOf(png: Uint8Array): Palette {
  const data = chunksOf(png).find(({ type }) => type === 'PLTE')?.data ?? new Uint8Array(0);
  return Array.from({ length: Math.floor(data.length / 3) }, (_, id) => {
    return [data[3 * id] ?? 0, data[3 * id + 1] ?? 0, data[3 * id + 2] ?? 0] as const;
  });
}

export interface IdMap {
  readonly width: number;
  readonly height: number;
  /** Row by row. */
  readonly ids: Uint8Array;
}

/** Throws as above. */
export async function idsOf(png: Uint8Array): Promise<IdMap> {
  const gray = sharp(asGray(png)).toColourspace('b-w').raw();
  const { data: ids, info } = await gray.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, ids };
}

function chunksOf(png: Uint8Array): Chunk[] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Chunk[] = [];
  // A chunk: length of its data (4 bytes), type (4), data, checksum (4).
  for (let at = signatureBytes; at + 12 <= png.byteLength; at += view.getUint32(at) + 12) {
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + view.getUint32(at)) });
  }
  const [first] = chunks;
  const isIndexed = first?.type === 'IHDR' && first.data.length === headerBytes && first.data[colorTypeAt] === indexed;
  if (isIndexed && first.data[bitsAt] === 8) return chunks;
  throw new AppError('invalid_request', 'A label map cannot be used: it is no PNG whose pixels are 8-bit indices.');
}

function withColorType(header: Uint8Array, colorType: number): Uint8Array {
  const changed = Uint8Array.from(header);
  changed[colorTypeAt] = colorType;
  return changed;
}

function joined(chunks: readonly Chunk[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)];
  for (const { type, data } of chunks) {
    const bytes = Buffer.alloc(data.length + 12);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4, 'latin1');
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** The chunks that a PNG consists of. Source: PNG specification, sections 5.2, 5.3 and 11.2.2. */
import { crc32 } from 'node:zlib';
import type { Palette } from './palettes.ts';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Length of the data (4 bytes), type (4), and after the data its checksum (4). */
const frameBytes = 12;

/** As numbered in the header. */
export const pngColorTypes = { gray: 0, rgb: 2, indexed: 3, grayAlpha: 4, rgba: 6 } as const;

export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** What the header chunk says, of as much as is used here. */
export interface PngHeader {
  /** Per channel, or per index. */
  readonly bits: number;
  /** One of `pngColorTypes`, if the file keeps to the specification. */
  readonly colorType: number;
}

/** The chunks as a file. */
export function joinPng(chunks: readonly PngChunk[]): Uint8Array {
  return Buffer.concat([signature, ...chunks.map(framed)]);
}

/** A file's chunks, up to the first one that is cut off; undefined if it is no PNG. Checksums are not looked at. */
export function pngChunks(png: Uint8Array): PngChunk[] | undefined {
  if (!signature.every((byte, i) => png[i] === byte)) return undefined;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: PngChunk[] = [];
  for (let at = signature.length; at + frameBytes <= png.byteLength;) {
    const end = at + frameBytes + view.getUint32(at);
    if (end > png.byteLength) break;
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    chunks.push({ type, data: png.subarray(at + 8, end - 4) });
    at = end;
  }
  return chunks;
}

const headerBytes = 13;
const bitsAt = 8;
const colorTypeAt = 9;

/** Undefined if they do not begin with a header. */
export function pngHeader([first]: readonly PngChunk[]): PngHeader | undefined {
  if (first?.type !== 'IHDR' || first.data.length !== headerBytes) return undefined;
  return { bits: first.data[bitsAt] ?? 0, colorType: first.data[colorTypeAt] ?? 0 };
}

/** Gray levels instead of indices: the pixels' own bytes stay as they are. */
export function withoutPalette(chunks: readonly PngChunk[]): PngChunk[] {
  return chunks
    .filter(({ type }) => type !== 'PLTE' && type !== 'tRNS')
    .map(({ type, data }) => {
      if (type !== 'IHDR') return { type, data };
      return { type, data: data.with(colorTypeAt, pngColorTypes.gray) };
    });
}

/** By index: the colors of an indexed PNG; empty if it has none. */
export function pngPalette(chunks: readonly PngChunk[]): Palette {
  const data = chunks.find(({ type }) => type === 'PLTE')?.data ?? new Uint8Array(0);
  return Array.from({ length: Math.floor(data.length / 3) }, (_, index) => {
    return [data[3 * index] ?? 0, data[3 * index + 1] ?? 0, data[3 * index + 2] ?? 0] as const;
  });
}

function framed({ type, data }: PngChunk): Uint8Array {
  const bytes = Buffer.alloc(data.length + frameBytes);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
}

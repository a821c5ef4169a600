/** Photos as a row of pieces: the segments of a JPEG, the chunks of a PNG or WebP, the boxes of an AVIF. */
import { crc32 } from 'node:zlib';
import type { PhotoFormat } from '@m2fp/contract';

/** One piece with its header, as it is in the file. */
export interface Piece {
  /** As it is called in the file: `SOS`, `IDAT`, `VP8X`, `meta`. */
  readonly type: string;
  readonly bytes: Buffer;
}

export interface SplitPhoto {
  readonly format: PhotoFormat;
  /** Up to the first piece. */
  readonly head: Buffer;
  readonly pieces: readonly Piece[];
}

/** The whole file again. With `repair`, checksums and the size in a WebP's head fit what is there. */
export function joinPieces({ format, head, pieces }: SplitPhoto, repair: boolean): Buffer {
  const parts = repair && format === 'png' ? pieces.map(withChecksum) : pieces.map(({ bytes }) => bytes);
  const whole = Buffer.concat([head, ...parts]);
  if (repair && format === 'webp' && whole.length >= 8) whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

/** Throws for what is not of the format; our own seeds are. */
export function splitPhoto(format: PhotoFormat, bytes: Buffer): SplitPhoto {
  switch (format) {
    case 'jpeg':
      return { format, head: bytes.subarray(0, 2), pieces: splitJpeg(bytes) };
    case 'png':
      return { format, head: bytes.subarray(0, 8), pieces: splitRegular(bytes, 8, pngPiece) };
    case 'webp':
      return { format, head: bytes.subarray(0, 12), pieces: splitRegular(bytes, 12, riffPiece) };
    case 'avif':
      return { format, head: Buffer.alloc(0), pieces: splitRegular(bytes, 0, boxPiece) };
  }
}

const jpegNames: Readonly<Record<number, string>> = {
  ...{ 0xc0: 'SOF0', 0xc1: 'SOF1', 0xc2: 'SOF2', 0xc4: 'DHT', 0xdb: 'DQT', 0xda: 'SOS', 0xd9: 'EOI', 0xdd: 'DRI' },
  ...{ 0xe0: 'APP0', 0xe1: 'APP1', 0xe2: 'APP2', 0xee: 'APP14', 0xfe: 'COM' },
};

/** What follows a scan's header belongs to its piece, up to the next marker that is not a restart. */
function splitJpeg(bytes: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 2; at + 1 < bytes.length;) {
    const marker = bytes[at + 1] ?? 0;
    const type = jpegNames[marker] ?? `M${marker.toString(16)}`;
    const header = type === 'EOI' || at + 4 > bytes.length ? 2 : 2 + bytes.readUInt16BE(at + 2);
    const end = type === 'SOS' ? endOfScan(bytes, at + header) : at + header;
    pieces.push({ type, bytes: bytes.subarray(at, Math.max(end, at + 2)) });
    at = Math.max(end, at + 2);
  }
  return pieces;
}

function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1] ?? 0;
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

interface PieceLayout {
  readonly headerBytes: number;
  readonly type: (bytes: Buffer, at: number) => string;
  /** Of the whole piece. */
  readonly size: (bytes: Buffer, at: number) => number;
}

const pngPiece: PieceLayout = {
  headerBytes: 8,
  type: (bytes, at) => bytes.toString('latin1', at + 4, at + 8),
  size: (bytes, at) => bytes.readUInt32BE(at) + 12,
};

const riffPiece: PieceLayout = {
  headerBytes: 8,
  type: (bytes, at) => bytes.toString('latin1', at, at + 4),
  size: (bytes, at) => 8 + bytes.readUInt32LE(at + 4) + (bytes.readUInt32LE(at + 4) % 2),
};

const boxPiece: PieceLayout = {
  headerBytes: 8,
  type: (bytes, at) => bytes.toString('latin1', at + 4, at + 8),
  size: (bytes, at) => bytes.readUInt32BE(at) || bytes.length - at,
};

function splitRegular(bytes: Buffer, from: number, layout: PieceLayout): Piece[] {
  const pieces: Piece[] = [];
  for (let at = from; at + layout.headerBytes <= bytes.length;) {
    const end = at + Math.max(layout.headerBytes, layout.size(bytes, at));
    pieces.push({ type: layout.type(bytes, at), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return pieces;
}

function withChecksum({ bytes }: Piece): Buffer {
  if (bytes.length < 12) return bytes;
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(crc32(copy.subarray(4, -4)), copy.length - 4);
  return copy;
}

/** A new piece with this content, of a type such as `APP1`, `iCCP` or `EXIF`. */
export function createPiece(format: PhotoFormat, type: string, content: Uint8Array): Piece {
  const size = Buffer.alloc(4);
  if (format === 'jpeg') {
    const marker = Number(Object.entries(jpegNames).find(([, name]) => name === type)?.[0] ?? 0xef);
    const kept = content.subarray(0, 0xffff - 2);
    const header = Buffer.of(0xff, marker, 0, 0);
    header.writeUInt16BE(kept.length + 2, 2);
    return { type, bytes: Buffer.concat([header, kept]) };
  }
  if (format === 'webp') {
    size.writeUInt32LE(content.length);
    return { type, bytes: Buffer.concat([Buffer.from(type), size, content, Buffer.alloc(content.length % 2)]) };
  }
  if (format === 'png') {
    size.writeUInt32BE(content.length);
    const bytes = Buffer.concat([size, Buffer.from(type), content, Buffer.alloc(4)]);
    return { type, bytes: withChecksum({ type, bytes }) };
  }
  size.writeUInt32BE(content.length + 8);
  return { type, bytes: Buffer.concat([size, Buffer.from(type), content]) };
}

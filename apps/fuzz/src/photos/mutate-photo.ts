/** Changes to photos that know how their formats are built. */
import { deflateSync } from 'node:zlib';
import type { PhotoFormat } from '@m2fp/contract';
import { byteMutations, cut, maxInputBytes } from '../mutate-bytes.ts';
import type { Random } from '@m2fp/bench';
import type { FuzzCase } from '../run-cases.ts';
import { createPiece, joinPieces, type Piece, splitPhoto, type SplitPhoto } from './pieces.ts';
import type { SeedPhoto } from './seed-photos.ts';

type Made = { readonly bytes: Buffer; readonly mustBe?: 'accepted' | 'refused' };
type PhotoMutation = (photo: SplitPhoto, random: Random, other: SplitPhoto) => Made;

/** Share of mutants whose checksums are put right again, so that what is behind them is reached. */
const repairedShare = 0.8;

/** Metadata that readers look into, by format. */
const metadataTypes: Readonly<Record<PhotoFormat, readonly string[]>> = {
  jpeg: ['APP0', 'APP1', 'APP2', 'APP14', 'COM', 'DRI', 'DHT', 'DQT'],
  png: ['iCCP', 'eXIf', 'iTXt', 'zTXt', 'tEXt', 'tRNS', 'PLTE', 'gAMA', 'cHRM', 'acTL', 'fcTL', 'sBIT'],
  webp: ['ICCP', 'EXIF', 'XMP ', 'ANIM', 'ANMF', 'ALPH', 'VP8X'],
  avif: ['meta', 'free', 'uuid', 'moov', 'mdat', 'iprp', 'colr'],
};

/** Where the pixels are. */
const dataTypes: Readonly<Record<PhotoFormat, string>> = { jpeg: 'SOS', png: 'IDAT', webp: 'VP8 ', avif: 'mdat' };

const sides = [0, 1, 2, 255, 256, 19_999, 20_000, 20_001, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xffffffff] as const;

const mutations: Readonly<Record<string, PhotoMutation>> = {
  'a piece many times': (photo, random) => {
    const at = random.below(photo.pieces.length);
    const piece = photo.pieces[at];
    if (piece === undefined) return rejoin(photo, random);
    const most = Math.max(1, Math.floor(maxInputBytes / Math.max(16, piece.bytes.length)));
    const copies = Array.from({ length: random.magnitude(1, Math.min(most, 50_000)) }, () => piece);
    return rejoin({ ...photo, pieces: photo.pieces.toSpliced(at, 0, ...copies) }, random);
  },

  'a piece gone': (photo, random) =>
    rejoin({ ...photo, pieces: photo.pieces.toSpliced(random.below(photo.pieces.length), 1) }, random),

  'pieces swapped': (photo, random) => {
    const pieces = [...photo.pieces];
    const [a, b] = [random.below(pieces.length), random.below(pieces.length)];
    const [first, second] = [pieces[a], pieces[b]];
    if (first !== undefined && second !== undefined) [pieces[a], pieces[b]] = [second, first];
    return rejoin({ ...photo, pieces }, random);
  },

  'a piece of another photo': (photo, random, other) => {
    const stranger = random.pick(other.pieces);
    return rejoin({ ...photo, pieces: photo.pieces.toSpliced(random.below(photo.pieces.length), 0, stranger) }, random);
  },

  'a length field': (photo, random) =>
    changePiece(photo, random, (bytes) => {
      const value = random.pick([0, 1, 2, bytes.length - 1, bytes.length + 1, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff]);
      if (photo.format === 'jpeg') bytes.writeUInt16BE(value & 0xffff, 2);
      else if (photo.format === 'webp') bytes.writeUInt32LE(value >>> 0, 4);
      else bytes.writeUInt32BE(value >>> 0, 0);
    }),

  'a piece set': (photo, random) =>
    changePiece(photo, random, (bytes) => {
      for (let count = random.magnitude(1, 30); count > 0; count--)
        bytes[random.below(bytes.length)] = random.below(256);
    }),

  dimensions: (photo, random) => ({ bytes: changeDimensions(photo, random) }),

  metadata: (photo, random) => {
    const { format } = photo;
    const made = Array.from({ length: random.magnitude(1, 60) }, () =>
      createPiece(format, random.pick(metadataTypes[format]), metadata(random)),
    );
    return rejoin({ ...photo, pieces: photo.pieces.toSpliced(format === 'jpeg' ? 0 : 1, 0, ...made) }, random, 1);
  },

  'cut in its data': cutInData,

  'without its end marker': (photo) => {
    if (photo.format !== 'jpeg') return { bytes: joinPieces(photo, false) };
    return {
      bytes: joinPieces({ ...photo, pieces: photo.pieces.filter(({ type }) => type !== 'EOI') }, false),
      mustBe: 'accepted',
    };
  },
};

const mutationNames = [...Object.keys(mutations), ...Object.keys(byteMutations)];

/** A photo of a run: one of the seeds, changed once or, one time in four, again. */
export function mutatePhoto(seeds: readonly SeedPhoto[], random: Random): FuzzCase<Buffer> {
  const name = random.pick(mutationNames);
  const seed = random.pick(seeds);
  const other = random.pick(seeds);
  const structured = mutations[name];
  const made: Made =
    structured === undefined
      ? { bytes: changeBytes(name, seed.bytes, random, other.bytes) }
      : structured(splitPhoto(seed.format, seed.bytes), random, splitPhoto(other.format, other.bytes));
  if (made.mustBe !== undefined || !random.chance(0.25)) {
    const mustBe = seed.isAccepted ? made.mustBe : undefined;
    return { mutation: name, input: made.bytes, ...(mustBe && { mustBe }) };
  }
  const again = changeBytes(random.pick(Object.keys(byteMutations)), made.bytes, random, other.bytes);
  return { mutation: `${name}, and more`, input: again };
}

function changeBytes(name: string, bytes: Buffer, random: Random, other: Buffer): Buffer {
  return bytes.length === 0 ? bytes : (byteMutations[name]?.(bytes, random, other) ?? bytes);
}

function rejoin(photo: SplitPhoto, random: Random, share = repairedShare): Made {
  return { bytes: joinPieces(photo, random.chance(share)) };
}

/** One piece, a copy of it changed in place. */
function changePiece(photo: SplitPhoto, random: Random, change: (bytes: Buffer) => void): Made {
  const at = random.below(photo.pieces.length);
  const piece = photo.pieces[at];
  if (piece === undefined || piece.bytes.length < 8) return rejoin(photo, random);
  const bytes = Buffer.from(piece.bytes);
  change(bytes);
  return rejoin({ ...photo, pieces: photo.pieces.with(at, { ...piece, bytes }) }, random);
}

/** Width and height in each format's header say something else. */
function changeDimensions(photo: SplitPhoto, random: Random): Buffer {
  const [width, height] = [random.pick(sides), random.pick(sides)];
  const bytes = joinPieces(photo, false);
  const place = { jpeg: /\xff[\xc0-\xc2]\0\x11?/, png: /IHDR/, webp: /VP8[ XL]/, avif: /ispe/ }[photo.format];
  const at = place.exec(bytes.toString('latin1'))?.index ?? 0;
  switch (photo.format) {
    case 'jpeg':
      bytes.writeUInt16BE(height & 0xffff, at + 5);
      bytes.writeUInt16BE(width & 0xffff, at + 7);
      break;
    case 'png':
      bytes.writeUInt32BE(width, at + 4);
      bytes.writeUInt32BE(height, at + 8);
      break;
    case 'webp':
      // VP8X: 24 bits each, less one; the frame headers of the other two differ, and are scrambled by this.
      bytes.writeUIntLE(width & 0xffffff, at + 12, 3);
      bytes.writeUIntLE(height & 0xffffff, at + 15, 3);
      break;
    case 'avif':
      bytes.writeUInt32BE(width, at + 8);
      bytes.writeUInt32BE(height, at + 12);
  }
  return joinPieces(splitPhoto(photo.format, bytes), true);
}

/** Profiles, Exif trees and texts: random, half right, or much larger than they look. */
function metadata(random: Random): Buffer {
  const noise = random.bytes(random.magnitude(1, 2_000));
  return random.pick<() => Buffer>([
    () => noise,
    () => Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), noise]),
    () => Buffer.concat([Buffer.from('Exif\0\0MM\0*\0\0\0\x08', 'latin1'), exifTree(random)]),
    () => Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>', 'latin1'), noise]),
    () => Buffer.concat([Buffer.from('MPF\0MM\0*\0\0\0\x08', 'latin1'), exifTree(random)]),
    () =>
      Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(Buffer.alloc(random.magnitude(10, 20_000_000)))]),
    () => Buffer.from('<!---->'.repeat(random.magnitude(1, 5_000))),
  ])();
}

/** A directory of entries whose counts and offsets are anything, and which may name itself as the next. */
function exifTree(random: Random): Buffer {
  const entries = random.magnitude(1, 100);
  const tree = Buffer.alloc(2 + entries * 12 + 4);
  tree.writeUInt16BE(random.chance(0.9) ? entries : 0xffff, 0);
  for (let entry = 0; entry < entries; entry++) {
    const at = 2 + entry * 12;
    tree.writeUInt16BE(random.pick([0x0112, 0x8769, 0x8825, 0x0201, random.below(0x10000)]), at);
    tree.writeUInt16BE(random.below(14), at + 2);
    tree.writeUInt32BE(random.pick([1, 0, 0xffffffff, random.uint32()]), at + 4);
    tree.writeUInt32BE(random.pick([8, 0, 0xffffffff, random.below(4_096)]), at + 8);
  }
  tree.writeUInt32BE(random.pick([0, 8, random.below(4_096)]), tree.length - 4);
  return tree;
}

/** Part of the pixels is missing, whatever stands at the end then. */
function cutInData(photo: SplitPhoto, random: Random): Made {
  const { format, head, pieces } = photo;
  // In the first piece of data alone, and far from its ends: what remains is no photo however one reads it.
  const at = pieces.findIndex(({ type }) => type === dataTypes[format]);
  const piece = pieces[at];
  if (piece === undefined || piece.bytes.length < 400) return { bytes: joinPieces(photo, false) };
  const { bytes } = piece;
  const kept = Math.floor(bytes.length * (0.2 + 0.6 * (random.below(1_000) / 1_000)));
  const end = random.chance(0.5);
  if (format === 'jpeg') {
    const tail = end ? Buffer.of(0xff, 0xd9) : Buffer.alloc(0);
    return {
      bytes: Buffer.concat([head, ...pieces.slice(0, at).map((one) => one.bytes), bytes.subarray(0, kept), tail]),
      mustBe: 'refused',
    };
  }
  if (format === 'png') {
    const shorter = createPiece('png', 'IDAT', cut(bytes, kept, bytes.length).subarray(8));
    const rest = end ? pieces.filter(({ type }) => type === 'IEND') : [];
    return {
      bytes: joinPieces({ ...photo, pieces: [...pieces.slice(0, at), shorter, ...rest] }, true),
      mustBe: 'refused',
    };
  }
  return {
    bytes: Buffer.concat([head, ...pieces.slice(0, at).map((one: Piece) => one.bytes), bytes.subarray(0, kept)]),
  };
}

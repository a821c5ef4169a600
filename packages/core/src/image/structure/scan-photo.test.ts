import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { AppError, type PhotoFormat } from '@m2fp/contract';
import { describe, expect, it } from 'vitest';
import {
  avifOf,
  eoi,
  frameOf,
  pngChunk,
  pngSignature,
  riffChunk,
  segment,
  soi,
  texture,
  webpOf,
  wholeScan,
  type AvifItem,
} from '../../../testing/image/build-files.ts';
import { scanPhoto } from './scan-photo.ts';

const formats = ['jpeg', 'png', 'webp', 'avif'] as const satisfies PhotoFormat[];
const times = (count: number, part: Uint8Array): Buffer => Buffer.concat(Array.from({ length: count }, () => part));
const mib = 2 ** 20;

/** A text chunk's name, the rest of its head, and zeros as they are compressed. */
const zeros = (head: string, bytes: number): Buffer =>
  Buffer.concat([Buffer.from(head, 'latin1'), deflateSync(Buffer.alloc(bytes))]);
/** The same, but its check sum is wrong: a decoder that unpacks it fails at the end. */
const damaged = (packed: Buffer): Buffer => Buffer.concat([packed.subarray(0, -1), Buffer.of(255)]);

const jpegOf = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([soi, ...parts, wholeScan, eoi]);
const small = frameOf(16, 16);
const pngOf = (...chunks: readonly Uint8Array[]): Buffer => Buffer.concat([pngSignature, ...chunks]);
const picture: AvifItem = { id: 2, type: 'av01', width: 4_000, height: 4_000 };
const grid = (parts: readonly number[]): AvifItem => ({ id: 1, type: 'grid', width: 4_000, height: 4_000, parts });
/** An OBU of a frame, with one byte of data. */
const frameObu = Buffer.of((6 << 3) | 2, 1, 0);

describe('more than a photo may hold', () => {
  const tooMuch: [string, PhotoFormat, (count: number) => Buffer, number, string][] = [
    ['scans', 'jpeg', (n) => jpegOf(small, times(n - 1, wholeScan)), 100, 'scans'],
    [
      'scans of many pixels',
      'jpeg',
      (n) => jpegOf(frameOf(7_000, 7_000), times(n - 1, wholeScan)),
      51,
      'over all scans',
    ],
    ['comments', 'jpeg', (n) => jpegOf(small, times(n - 2, segment(0xfe))), 4_096, 'marker segments'],
    ['metadata', 'jpeg', (n) => jpegOf(small, times(n, segment(0xe1, Buffer.alloc(65_533)))), 256, 'text'],
    [
      'color profile',
      'jpeg',
      (n) =>
        jpegOf(small, times(n, segment(0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0'), Buffer.alloc(65_521)])))),
      64,
      'color profile',
    ],
    ['chunks', 'png', (n) => pngOf(times(n, pngChunk('tEXt', Buffer.of(65, 0)))), 4_096, 'chunks'],
    ['frames', 'png', (n) => pngOf(times(n, pngChunk('fcTL', Buffer.alloc(26)))), 2_000, 'frames'],
    ['chunks of pixels', 'png', (n) => pngOf(times(n, pngChunk('IDAT', Buffer.alloc(0)))), 100_000, 'chunks'],
    ['packed text', 'png', (n) => pngOf(pngChunk('zTXt', zeros('a\0\0', n * mib))), 15, 'text'],
    ['packed text', 'png', (n) => pngOf(times(n, pngChunk('iTXt', zeros('a\0\x01\0\0\0', mib)))), 15, 'text'],
    ['damaged text', 'png', (n) => pngOf(times(n, pngChunk('zTXt', damaged(zeros('a\0\0', mib))))), 15, 'text'],
    ['packed color profile', 'png', (n) => pngOf(pngChunk('iCCP', zeros('a\0\0', n * mib))), 4, 'color profile'],
    ['frames', 'webp', (n) => webpOf(times(n, riffChunk('ANMF', riffFrame))), 2_000, 'frames'],
    ['chunks', 'webp', (n) => webpOf(times(n, riffChunk('ABCD', Buffer.alloc(0)))), 4_096, 'chunks'],
    ['color profile', 'webp', (n) => webpOf(riffChunk('ICCP', Buffer.alloc(n * mib))), 4, 'color profile'],
    ['metadata', 'webp', (n) => webpOf(riffChunk('XMP ', Buffer.alloc(n * mib))), 16, 'text'],
    ['uses of a tile', 'avif', (n) => avifOf(grid(Array.from({ length: n }, () => 2)), picture), 14, 'put together'],
    ['frames', 'avif', (n) => avifOf({ ...picture, data: times(n, frameObu) }), 15, 'put together'],
    ['references', 'avif', (n) => avifOf(grid(Array.from({ length: n }, () => 2)), tile), 1_998, 'references'],
  ];
  const riffFrame = Buffer.concat([Buffer.alloc(16), riffChunk('VP8L', Buffer.of(0x2f, 0, 0, 0, 0, 8))]);
  const tile: AvifItem = { ...picture, width: 16, height: 16 };

  it.each(tooMuch)('%s, in %s', (_name, format, make, most, message) => {
    expect(() => scanPhoto(make(most), format)).not.toThrow();
    const error = thrownBy(() => scanPhoto(make(most + 1), format));
    expect(error).toMatchObject({ code: 'image_too_large', retryable: false });
    expect(String(error)).toContain(message);
  });

  it('pictures in pictures, which double at each level, in an AVIF', () => {
    const levels = Array.from({ length: 12 }, (_, i): AvifItem => {
      return { id: i + 1, type: 'iovl', width: 1, height: 1, parts: [i + 2, i + 2] };
    });
    const nested = avifOf(...levels, { ...picture, id: 13, width: 1, height: 1 });
    expect(thrownBy(() => scanPhoto(nested, 'avif'))).toMatchObject({ code: 'image_too_large' });
    const ring = avifOf({ ...grid([2]) }, { ...grid([1]), id: 2 });
    expect(thrownBy(() => scanPhoto(ring, 'avif'))).toMatchObject({ code: 'image_too_large' });
  });

  it('an ordinary photo is far from', async () => {
    for (const format of formats) {
      const bytes = await texture(64, 48).withIccProfile('p3').toFormat(format).toBuffer();
      expect(() => scanPhoto(bytes, format)).not.toThrow();
    }
  });
});

describe('any bytes', () => {
  const heads: Record<PhotoFormat, Buffer> = {
    jpeg: Buffer.concat([soi, small]),
    png: pngSignature,
    webp: Buffer.from('RIFF\xff\0\0\0WEBP', 'latin1'),
    avif: avifOf(grid([2]), picture),
  };

  function scansOrRefuses(bytes: Uint8Array, format: PhotoFormat): void {
    const error = thrownBy(() => scanPhoto(bytes, format));
    if (error !== undefined) expect(error).toBeInstanceOf(AppError);
  }

  it.each(formats)('after the beginning of a %s are scanned or refused', (format) => {
    const structured = fc.constantFrom(0, 0, 0, 1, 4, 8, 0xff, 0xd9, 0xda, 0xc4, 0x49);
    const bytes = fc.array(fc.oneof(structured, fc.integer({ min: 0, max: 255 })), { maxLength: 200 });
    fc.assert(
      fc.property(bytes, (rest) => scansOrRefuses(Buffer.concat([heads[format], Buffer.from(rest)]), format)),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it.each(formats)('in a changed or cut %s are scanned or refused', async (format) => {
    const made = format === 'avif' ? avifOf(grid([2, 2]), { ...picture, data: frameObu }) : undefined;
    const whole = made ?? (await texture(24, 16).withIccProfile('p3').toFormat(format).toBuffer());
    const position = fc.integer({ min: 0, max: whole.length - 1 });
    const changes = fc.array(fc.tuple(position, fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(changes, position, fc.boolean(), (edits, end, isCut) => {
        const bytes = Buffer.from(whole.subarray(0, isCut ? end : whole.length));
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        scansOrRefuses(bytes, format);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

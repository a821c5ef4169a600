import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../testing/parsing/random-output.ts';
import { anyBitmap } from '../../testing/render/any-bitmap.ts';
import { drawMask, maskFromBitmap } from '../../testing/render/draw.ts';
import { decodeRle, encodeRle } from './rle.ts';
import { maskBitmap, type SpanMask } from './span-mask.ts';

describe('encodeRle', () => {
  // What pycocotools 2.0.11 `mask.encode` gives for the same arrays, here and below.
  const vectors: [rows: string[], counts: string][] = [
    [['..', '#.', '##'], '122O'],
    [['..', '..'], '4'],
    [['##', '##'], '04'],
    [['#'], '01'],
    [['.'], '1'],
  ];
  it.each(vectors)('writes %j as pycocotools does', (rows, counts) => {
    expect(encodeRle(drawMask(...rows))).toEqual({ size: [rows.length, rows[0]?.length], counts });
  });

  it('writes larger masks as pycocotools does', () => {
    const encode = (isSet: (x: number, y: number) => boolean): string => {
      return encodeRle(maskFromBitmap(drawBitmap(160, 90, isSet), 160, 90)).counts;
    };
    expect(encode((x, y) => (x - 80) ** 2 / 4900 + (y - 45) ** 2 / 1600 < 1)).toBe(
      'UP1=Z26K4L4M2M4M2N2N2N2N2N2N2O0O2N2N2O0O2O0O2N2O0O2O0O2O000O2O0O2O000O2O000O2O000O2O00000O' +
        '2O0000000O2O000000000O2O000000000000000000000000000000000000000000000000000000000001N10000' +
        '000001N100000001N1000001N10001N10001N10001N101N10001N101N101N2N101N101N2N2N101N2N2N2N2N2N2' +
        'N3L3N3L4L5JPk0',
    );
    const ripples = encode((x, y) => (Math.floor((x * x) / 7) + Math.floor((y * y) / 5)) % 97 < 40);
    expect(ripples).toHaveLength(5274);
    expect(createHash('sha256').update(ripples).digest('hex')).toBe(
      '23b79fc919cb12f6b1a7862299c074055bae6c56e8838e9750a5e444d751555d',
    );
  });

  it.each(maskCases())('agrees with a scan of the bitmap: $name', ({ bitmap, mask }) => {
    const { size, counts } = encodeRle(mask);
    expect(size).toEqual([mask.height, mask.width]);
    expect(readCounts(counts)).toEqual(scanColumns(bitmap, mask.width, mask.height));
  });

  it('agrees with a scan of any bitmap', () => {
    fc.assert(
      fc.property(anyBitmap(), ({ width, height, bitmap }) => {
        const { size, counts } = encodeRle(maskFromBitmap(bitmap, width, height));
        expect(size).toEqual([height, width]);
        expect(readCounts(counts)).toEqual(scanColumns(bitmap, width, height));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('decodeRle', () => {
  it.each(maskCases())('gives back the mask that was encoded: $name', ({ bitmap, mask }) => {
    expect(maskBitmap(mask)).toEqual(bitmap);
    expect(decodeRle(encodeRle(mask))).toEqual(mask);
  });

  it('refuses text that is not an RLE of this size', () => {
    expect(() => decodeRle({ size: [2, 2], counts: '5' })).toThrow('Not an RLE of 2x2: it has 5 pixels.');
    expect(() => decodeRle({ size: [2, 2], counts: '1 ' })).toThrow('character 2 is wrong');
    expect(() => decodeRle({ size: [2, 2], counts: 'P' })).toThrow('character 2 is wrong');
    expect(() => decodeRle({ size: [2, 2], counts: 'O5' })).toThrow('run 0 has -1 pixels');
    expect(() => decodeRle({ size: [2, 2], counts: 'PPPPPPPPPPP0' })).toThrow('is wrong');
  });

  it('refuses billions of pixels without building their runs', () => {
    // No zeros, then 2^30 - 1 ones.
    const counts = '0oooooo0';
    expect(readCounts(counts)).toEqual([0, 2 ** 30 - 1]);
    expect(() => decodeRle({ size: [1, 1], counts })).toThrow(RangeError);
    expect(() => decodeRle({ size: [0, 9], counts })).toThrow(RangeError);
  });

  it('gives back any bitmap that was encoded', () => {
    fc.assert(
      fc.property(anyBitmap(), ({ width, height, bitmap }) => {
        const mask = maskFromBitmap(bitmap, width, height);
        expect(decodeRle(encodeRle(mask))).toEqual(mask);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('reads any text as the mask that it spells, or refuses it with a RangeError', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'0123456789OPo_`~ ü'), maxLength: 12 });
    const text = fc.oneof(
      letters,
      fc.string({ maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'0123'), maxLength: 8 }),
    );
    let read = 0;
    fc.assert(
      fc.property(text, fc.nat(4), fc.nat(4), (counts, height, width) => {
        let mask: SpanMask;
        try {
          mask = decodeRle({ size: [height, width], counts });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        read += 1;
        expect(maskBitmap(mask)).toEqual(fillColumns(readCounts(counts), width, height));
      }),
      { seed: 3, numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

interface MaskCase {
  readonly name: string;
  readonly bitmap: Uint8Array;
  readonly mask: SpanMask;
}

/** Masks of many sizes and densities, from a seed, and those where a boundary is easily lost. */
function maskCases(): MaskCase[] {
  const sizes = ['1x1', '1x9', '9x1', '2x2', '7x5', '16x31', '40x23', '3x200', '200x3'];
  const random = seededRandom(7);
  return sizes.flatMap((size) => {
    const [width = 0, height = 0] = size.split('x').map(Number);
    const kinds: Record<string, (x: number, y: number) => boolean> = {
      empty: () => false,
      full: () => true,
      checkered: (x, y) => (x + y) % 2 === 0,
      'full columns side by side': (x) => x % 4 < 2,
      'full rows': (_x, y) => y % 3 === 1,
      'a blob': (x, y) => Math.hypot(x - width / 2, y - height / 2) < Math.min(width, height) / 3,
      'random, sparse': () => random() < 0.03,
      'random, half': () => random() < 0.5,
      'random, dense': () => random() < 0.97,
    };
    return Object.entries(kinds).map(([kind, isSet]) => {
      const bitmap = drawBitmap(width, height, isSet);
      const mask = maskFromBitmap(bitmap, width, height);
      return { name: `${size}, ${kind}`, bitmap, mask };
    });
  });
}

function drawBitmap(width: number, height: number, isSet: (x: number, y: number) => boolean): Uint8Array {
  const setAt = (i: number): boolean => isSet(i % width, Math.floor(i / width));
  return Uint8Array.from({ length: width * height }, (_, i) => (setAt(i) ? 1 : 0));
}

/** The definition: walk down the columns and count how long each value lasts. */
function scanColumns(bitmap: Uint8Array, width: number, height: number): number[] {
  const counts = [0];
  let value = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const pixel = bitmap[y * width + x] ?? 0;
      if (pixel !== value) counts.push(0);
      value = pixel;
      counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
    }
  }
  return counts;
}

/** Back from `scanColumns`. */
function fillColumns(counts: readonly number[], width: number, height: number): Uint8Array {
  const columns = counts.flatMap((count, i) => Array.from({ length: count }, () => i % 2));
  return Uint8Array.from(columns, (_, i) => columns[(i % width) * height + Math.floor(i / width)] ?? 0);
}

/** A reader of the text that shares nothing with the code under test: it works on strings of bits. */
function readCounts(text: string): number[] {
  const groups = text.split(/(?<=[0-O])/).filter((group) => group !== '');
  return groups.reduce<number[]>((counts, group) => {
    const bits = [...group].map((letter) => (letter.charCodeAt(0) - 48).toString(2).padStart(6, '0').slice(1));
    const unsigned = Number.parseInt(bits.reverse().join(''), 2);
    const value = bits[0]?.startsWith('1') ? unsigned - 32 ** bits.length : unsigned;
    return [...counts, counts.length > 2 ? value + (counts.at(-2) ?? 0) : value];
  }, []);
}

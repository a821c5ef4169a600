import { describe, expect, it } from 'vitest';
import { bitmapFromSpanMask, spanMaskFromBitmap } from './bitmap-masks.ts';
import { decodeRle, encodeRle } from './rle.ts';
import type { SpanMask } from './span-mask.ts';

function fromRows(rows: readonly (readonly number[])[]): SpanMask {
  const [height, width] = [rows.length, rows[0]?.length ?? 0];
  return spanMaskFromBitmap(Uint8Array.from(rows.flat()), { x: 0, y: 0, width, height }, width, height);
}

describe('encodeRle', () => {
  // What pycocotools 2.0 `mask.encode` gives for the same arrays.
  const vectors: [string, number[][], string][] = [
    ['a corner', [[0, 0], [1, 0], [1, 1]], '122O'], // prettier-ignore
    ['zeros', [[0, 0], [0, 0]], '4'], // prettier-ignore
    ['ones', [[1, 1], [1, 1]], '04'], // prettier-ignore
    ['one pixel set', [[1]], '01'],
    ['one pixel not set', [[0]], '1'],
  ];
  it.each(vectors)('writes %s as pycocotools does', (_name, rows, counts) => {
    expect(encodeRle(fromRows(rows))).toEqual({ size: [rows.length, rows[0]?.length], counts });
  });

  it.each(masks())('agrees with a scan of the bitmap: %s', (_name, width, height, bitmap) => {
    const mask = spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height);
    const { size, counts } = encodeRle(mask);
    expect(size).toEqual([height, width]);
    expect(readCounts(counts)).toEqual(scanColumns(bitmap, width, height));
  });
});

describe('decodeRle', () => {
  it.each(masks())('gives back the mask that was encoded: %s', (_name, width, height, bitmap) => {
    const mask = spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height);
    expect(bitmapFromSpanMask(mask)).toEqual(bitmap);
    expect(decodeRle(encodeRle(mask))).toEqual(mask);
  });

  it('refuses text that is not an RLE of this size', () => {
    expect(() => decodeRle({ size: [2, 2], counts: '5' })).toThrow('An RLE of 5 pixels for 2x2.');
    expect(() => decodeRle({ size: [2, 2], counts: '1 ' })).toThrow('character 2 is wrong');
    expect(() => decodeRle({ size: [2, 2], counts: 'P' })).toThrow('character 2 is wrong');
    expect(() => decodeRle({ size: [2, 2], counts: 'O5' })).toThrow('run 0 has -1 pixels');
    expect(() => decodeRle({ size: [2, 2], counts: 'PPPPPPPPPPP0' })).toThrow('is wrong');
  });
});

/** Masks of many sizes and densities, from a seed, and the ones where a boundary is easily lost. */
function masks(): [name: string, width: number, height: number, bitmap: Uint8Array][] {
  const random = seededRandom(7);
  const sizes: [number, number][] = [[1, 1], [1, 9], [9, 1], [2, 2], [7, 5], [16, 31], [40, 23], [3, 200], [200, 3]]; // prettier-ignore
  return sizes.flatMap(([width, height]) => {
    const fill = (pixel: (x: number, y: number) => boolean): Uint8Array =>
      Uint8Array.from({ length: width * height }, (_, i) => (pixel(i % width, Math.floor(i / width)) ? 1 : 0));
    const kinds: Record<string, Uint8Array> = {
      empty: fill(() => false),
      full: fill(() => true),
      chequered: fill((x, y) => (x + y) % 2 === 0),
      'with full columns side by side': fill((x) => x % 4 < 2),
      'with full rows': fill((_x, y) => y % 3 === 1),
      'a blob': fill((x, y) => Math.hypot(x - width / 2, y - height / 2) < Math.min(width, height) / 3),
    };
    for (const density of [0.03, 0.5, 0.97]) kinds[`random at ${density}`] = fill(() => random() < density);
    return Object.entries(kinds).map(
      ([kind, bitmap]) => [`${width}x${height} ${kind}`, width, height, bitmap] as const,
    );
  }) as [string, number, number, Uint8Array][];
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The definition: walk down the columns, count how long a value lasts. */
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

/** A reader of the text that shares nothing with the code under test: bits as strings. */
function readCounts(text: string): number[] {
  const groups = text.match(/[P-o]*[0-O]/g) ?? [];
  return groups.reduce<number[]>((counts, group) => {
    const bits = [...group].map((letter) => (letter.charCodeAt(0) - 48).toString(2).padStart(6, '0').slice(1));
    const unsigned = Number.parseInt(bits.reverse().join(''), 2);
    const value = bits[0]?.startsWith('1') ? unsigned - 32 ** bits.length : unsigned;
    return [...counts, counts.length > 2 ? value + (counts.at(-2) ?? 0) : value];
  }, []);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBitmap } from '../../testing/render/any-bitmap.ts';
import { maskBitmap, spanMaskFromBitmap, SpanMaskBuilder } from './span-mask.ts';

describe('a mask from a bitmap of part of the photo', () => {
  const box = { x: 5, y: 1, width: 3, height: 2 };

  it('lies where the box says', () => {
    const mask = spanMaskFromBitmap(Uint8Array.of(0, 9, 1, 1, 0, 1), box, 8, 4);
    expect(mask).toMatchObject({ bbox: [5, 1, 3, 2], area: 4, runs: Uint32Array.of(6, 8, 5, 6, 7, 8) });
  });

  it('is refused if the bitmap does not fill the box', () => {
    expect(() => spanMaskFromBitmap(new Uint8Array(5), box, 8, 4)).toThrow('5 pixels do not fill 3x2.');
  });

  it('has exactly the bitmap’s pixels, in a tight box and in runs that do not touch', () => {
    const margins = fc.record({ left: fc.nat(5), top: fc.nat(5), right: fc.nat(5), bottom: fc.nat(5) });
    fc.assert(
      fc.property(anyBitmap(), margins, ({ width, height, bitmap }, { left, top, right, bottom }) => {
        const photo = { width: left + width + right, height: top + height + bottom };
        const mask = spanMaskFromBitmap(bitmap, { x: left, y: top, width, height }, photo.width, photo.height);
        const whole = new Uint8Array(photo.width * photo.height);
        bitmap.forEach((bit, i) => {
          whole[(top + Math.floor(i / width)) * photo.width + left + (i % width)] = bit;
        });
        expect(maskBitmap(mask)).toEqual(whole);
        expect(mask.area).toBe(whole.filter((bit) => bit === 1).length);
        expect(mask.bbox).toEqual(boxAround(whole, photo.width));
        expect(mask.runs).toEqual(runsOf(whole, photo.width));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('SpanMaskBuilder', () => {
  it('keeps a tight box with empty rows inside, and joins runs that touch', () => {
    const builder = new SpanMaskBuilder(10, 8);
    builder.add(2, 3, 5);
    builder.add(2, 5, 6);
    builder.add(2, 8, 9);
    builder.add(4, 1, 1);
    builder.add(5, 2, 4);
    expect(builder.finish()).toEqual({
      width: 10,
      height: 8,
      bbox: [2, 2, 7, 4],
      area: 6,
      runs: Uint32Array.of(3, 6, 8, 9, 2, 4),
      rowStart: Uint32Array.of(0, 2, 2, 2, 3),
    });
  });

  it('gives an empty mask if nothing was added', () => {
    expect(new SpanMaskBuilder(3, 2).finish()).toMatchObject({
      bbox: [0, 0, 0, 0],
      area: 0,
      rowStart: Uint32Array.of(0),
    });
  });

  it('starts over after a mask is finished', () => {
    const builder = new SpanMaskBuilder(4, 9);
    for (let y = 0; y < 9; y++) builder.add(y, 0, 4);
    const first = builder.finish();
    builder.add(1, 2, 3);
    expect(builder.finish()).toMatchObject({ bbox: [2, 1, 1, 1], area: 1, runs: Uint32Array.of(2, 3) });
    expect(first).toMatchObject({ bbox: [0, 0, 4, 9], area: 36 });
  });

  it('holds any number of runs', () => {
    const builder = new SpanMaskBuilder(5000, 1);
    for (let x = 0; x < 5000; x += 2) builder.add(0, x, x + 1);
    const mask = builder.finish();
    expect(mask.area).toBe(2500);
    expect(mask.runs).toEqual(Uint32Array.from({ length: 5000 }, (_, i) => i));
  });

  it('gives the mask of the bitmap that the runs cover, however they are cut', () => {
    fc.assert(
      fc.property(anyBitmap(), fc.array(fc.nat(3), { minLength: 1 }), ({ width, height, bitmap }, cuts) => {
        const builder = new SpanMaskBuilder(width, height);
        let cut = 0;
        forEachPixelRun(bitmap, width, (y, start, end) => {
          for (let x = start; x < end;) {
            const to = Math.min(end, x + (cuts[cut++ % cuts.length] ?? 0));
            builder.add(y, x, to);
            // A cut of 0 adds an empty run first.
            if (to === x) builder.add(y, x, x + 1);
            x = Math.max(to, x + 1);
          }
        });
        expect(builder.finish()).toEqual(spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('refuses runs out of order and outside the photo', () => {
    const builder = new SpanMaskBuilder(10, 8);
    builder.add(3, 4, 6);
    expect(() => builder.add(3, 5, 7)).toThrow(RangeError);
    expect(() => builder.add(2, 0, 1)).toThrow(RangeError);
    expect(() => builder.add(3, 9, 11)).toThrow(RangeError);
    expect(() => builder.add(8, 0, 1)).toThrow(RangeError);
  });
});

function forEachPixelRun(bitmap: Uint8Array, width: number, visit: (y: number, start: number, end: number) => void) {
  for (let y = 0; y < bitmap.length / width; y++) {
    const row = [...bitmap.subarray(y * width, (y + 1) * width)].join('');
    for (const { index, 0: ones } of row.matchAll(/1+/g)) visit(y, index, index + ones.length);
  }
}

/** Pairs (start, end), row by row. */
function runsOf(bitmap: Uint8Array, width: number): Uint32Array {
  const runs: number[] = [];
  forEachPixelRun(bitmap, width, (_y, start, end) => runs.push(start, end));
  return Uint32Array.from(runs);
}

function boxAround(bitmap: Uint8Array, width: number): number[] {
  const pixels = [...bitmap.keys()].filter((i) => bitmap[i] === 1);
  if (pixels.length === 0) return [0, 0, 0, 0];
  const xs = pixels.map((i) => i % width);
  const ys = pixels.map((i) => Math.floor(i / width));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
}

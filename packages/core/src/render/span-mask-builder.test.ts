import { describe, expect, it } from 'vitest';
import { SpanMaskBuilder } from './span-mask-builder.ts';

describe('SpanMaskBuilder', () => {
  it('keeps a tight box, empty rows inside it, and one run where two touch', () => {
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

  it('gives an empty mask when nothing was added', () => {
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

  it('refuses runs out of order and outside the photo', () => {
    const builder = new SpanMaskBuilder(10, 8);
    builder.add(3, 4, 6);
    expect(() => builder.add(3, 5, 7)).toThrow(RangeError);
    expect(() => builder.add(2, 0, 1)).toThrow(RangeError);
    expect(() => builder.add(3, 9, 11)).toThrow(RangeError);
    expect(() => builder.add(8, 0, 1)).toThrow(RangeError);
  });
});

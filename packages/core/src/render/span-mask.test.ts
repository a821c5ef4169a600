import { describe, expect, it } from 'vitest';
import { spanMaskFromBitmap, spanMasksFromLabelMap } from './bitmap-masks.ts';

describe('masks on a part of the photo', () => {
  const box = { x: 5, y: 1, width: 3, height: 2 };

  it('lie where the box says', () => {
    const mask = spanMaskFromBitmap(Uint8Array.of(0, 9, 1, 1, 0, 1), box, 8, 4);
    expect(mask).toMatchObject({ bbox: [5, 1, 3, 2], area: 4, runs: Uint32Array.of(6, 8, 5, 6, 7, 8) });
  });

  it('come one a value from a label map', () => {
    const masks = spanMasksFromLabelMap(Uint8Array.of(4, 0, 0, 4, 4, 2), box, 8, 4);
    expect([...masks.keys()]).toEqual([0, 2, 4]);
    expect(masks.get(4)).toMatchObject({ bbox: [5, 1, 2, 2], area: 3, runs: Uint32Array.of(5, 6, 5, 7) });
  });

  it('are refused where the bitmap does not fill the box', () => {
    expect(() => spanMaskFromBitmap(new Uint8Array(5), box, 8, 4)).toThrow('5 pixels do not fill 3x2.');
  });
});

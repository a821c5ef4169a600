import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBitmap } from '../../testing/render/any-bitmap.ts';
import { maskFromBitmap } from '../../testing/render/draw.ts';
import { boundariesAcross } from './span-transpose.ts';

it('finds where each column changes, from the runs of the rows', () => {
  fc.assert(
    fc.property(anyBitmap(), ({ width, height, bitmap }) => {
      const { bbox, runs, rowStart } = maskFromBitmap(bitmap, width, height);
      const { start, lines } = boundariesAcross({ first: bbox[1], runs, lineStart: rowStart }, width);
      const found = Array.from({ length: width }, (_, x) => [...lines.subarray(start[x], start[x + 1])]);
      expect(found).toEqual(Array.from({ length: width }, (_, x) => changesOf(bitmap, width, height, x)));
      expect(start[width]).toBe(lines.length);
    }),
    { seed: 1, numRuns: 500 },
  );
});

/** The rows at which a column changes from 0 to 1 or back, beyond its ends 0. */
function changesOf(bitmap: Uint8Array, width: number, height: number, x: number): number[] {
  const bitAt = (y: number): number => (y < 0 || y >= height ? 0 : (bitmap[y * width + x] ?? 0));
  return Array.from({ length: height + 1 }, (_, y) => y).filter((y) => bitAt(y) !== bitAt(y - 1));
}

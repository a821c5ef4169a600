import { describe, expect, it } from 'vitest';
import { colorAt, safeColors, safeDistance } from './colors.ts';

const leastDistance = (colors: readonly (readonly [number, number, number])[]): number =>
  Math.min(...colors.flatMap((a, i) => colors.slice(0, i).map((b) => safeDistance(a, b))));

describe('colors', () => {
  it('stay apart for every kind of eyes', () => {
    // Red and green of equal lightness, the classic trap, are nearly one for those who lack the green cone.
    expect(safeDistance([200, 90, 60], [120, 130, 60])).toBeLessThan(0.08);
    for (const [count, least] of [
      [4, 0.27],
      [8, 0.14],
      [12, 0.1],
      [20, 0.08],
    ] as const)
      expect(leastDistance(safeColors(count)), `${count} colors`).toBeGreaterThan(least);
  });

  it('are repeated only when there are no more', () => {
    const many = safeColors(60);
    expect(new Set(many.map(String)).size).toBe(60);
    expect(safeColors(400)).toHaveLength(400);
    expect(safeColors(0)).toEqual([]);
  });

  it('are read from a PNG palette', () => {
    expect(colorAt(Uint8Array.from([0, 0, 0, 9, 8, 7]), 1)).toEqual([9, 8, 7]);
    expect(colorAt(new Uint8Array(), 3)).toEqual([0, 0, 0]);
  });
});

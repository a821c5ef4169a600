import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../testing/parsing/random-output.ts';
import { anyBitmap } from '../../testing/render/any-bitmap.ts';
import { drawMask, maskFromBitmap } from '../../testing/render/draw.ts';
import { polygonsOf } from './polygons.ts';
import { maskBitmap, type SpanMask } from './span-mask.ts';

describe('polygonsOf', () => {
  it('follows the edges of pixels, clockwise from the upper left', () => {
    expect(polygonsOf(drawMask('.....', '.##..', '.###.', '.....'))).toEqual([[1, 1, 3, 1, 3, 2, 4, 2, 4, 3, 1, 3]]);
    expect(polygonsOf(drawMask('#'))).toEqual([[0, 0, 1, 0, 1, 1, 0, 1]]);
    expect(polygonsOf(drawMask('...', '...'))).toEqual([]);
  });

  it('gives one polygon for each part that has no hole, however it branches', () => {
    expect(polygonsOf(drawMask('#.#.#', '#####', '.#.#.', '##.##'))).toHaveLength(1);
    expect(polygonsOf(drawMask('#.#', '...', '#.#'))).toHaveLength(4);
    // Pixels that touch in a corner are not connected.
    expect(polygonsOf(drawMask('#.', '.#'))).toHaveLength(2);
    // Nor is what they surround a hole.
    expect(polygonsOf(drawMask('.##', '#.#', '###'))).toHaveLength(1);
  });

  it('cuts a part along the row that closes a hole', () => {
    expect(polygonsOf(drawMask('###', '#.#', '###'))).toEqual([
      [0, 0, 3, 0, 3, 2, 2, 2, 2, 1, 1, 1, 1, 2, 0, 2],
      [0, 2, 3, 2, 3, 3, 0, 3],
    ]);
  });

  it('cuts once for holes beside each other, and not what has none', () => {
    const mask = drawMask('#######.###', '#.#.#.#.###', '#######.###');
    expectExact(mask);
    expect(polygonsOf(mask)).toHaveLength(3);
  });

  it('is exact for rings within rings', () => {
    expectExact(drawMask('#######', '#.....#', '#.###.#', '#.#.#.#', '#.###.#', '#.....#', '#######'));
  });

  it('is exact for any bitmap', () => {
    fc.assert(
      fc.property(anyBitmap(), ({ width, height, bitmap }) => expectExact(maskFromBitmap(bitmap, width, height))),
      { seed: 4, numRuns: 1000 },
    );
  });

  it.each([0.3, 0.5, 0.6, 0.8, 0.97])('is exact for noise of density %s', (density) => {
    const random = seededRandom(7);
    const bitmap = Uint8Array.from({ length: 160 * 120 }, () => Number(random() < density));
    expectExact(maskFromBitmap(bitmap, 160, 120));
  });

  it('has at most four corners for each run', () => {
    const side = 1000;
    const checkered = Uint8Array.from({ length: side * side }, (_, i) => (i + Math.floor(i / side)) % 2);
    const polygons = polygonsOf(maskFromBitmap(checkered, side, side));
    expect(polygons).toHaveLength((side * side) / 2);
    expect(polygons.every(({ length }) => length === 8)).toBe(true);
  });
});

/** Filled, they are the mask; they neither overlap nor touch themselves along an edge. */
function expectExact(mask: SpanMask): void {
  const polygons = polygonsOf(mask);
  const filled = new Uint8Array(mask.width * mask.height);
  for (const polygon of polygons) fillEvenOdd(polygon, filled, mask.width);
  expect(filled).toEqual(maskBitmap(mask));
  for (const polygon of polygons) {
    expect(polygon.length).toBeGreaterThanOrEqual(8);
    const edges = unitEdges(polygon);
    expect(new Set(edges).size).toBe(edges.length);
  }
}

/** Adds 1 to each pixel whose center lies inside: to its left, an odd number of edges cross its row. */
function fillEvenOdd(polygon: readonly number[], pixels: Uint8Array, width: number): void {
  const crossings = new Map<number, number[]>();
  forEachEdge(polygon, ([x0, y0], [x1, y1]) => {
    if (x0 !== x1) return;
    for (let y = Math.min(y0, y1); y < Math.max(y0, y1); y++) crossings.set(y, [...(crossings.get(y) ?? []), x0]);
  });
  for (const [y, xs] of crossings) {
    xs.sort((a, b) => a - b);
    for (let i = 0; i < xs.length; i += 2) {
      for (let x = xs[i] ?? 0; x < (xs[i + 1] ?? 0); x++) pixels[y * width + x] = (pixels[y * width + x] ?? 0) + 1;
    }
  }
}

/** Each edge of a pixel that the outline goes along, whichever way. */
function unitEdges(polygon: readonly number[]): string[] {
  const edges: string[] = [];
  forEachEdge(polygon, ([x0, y0], [x1, y1]) => {
    expect(x0 === x1).not.toBe(y0 === y1);
    for (let x = Math.min(x0, x1); x < Math.max(x0, x1); x++) edges.push(`${x},${y0} right`);
    for (let y = Math.min(y0, y1); y < Math.max(y0, y1); y++) edges.push(`${x0},${y} down`);
  });
  return edges;
}

type Point = readonly [x: number, y: number];

function forEachEdge(polygon: readonly number[], visit: (from: Point, to: Point) => void): void {
  const points: Point[] = [];
  for (let i = 0; i < polygon.length; i += 2) points.push([polygon[i] ?? 0, polygon[i + 1] ?? 0]);
  points.forEach((point, i) => visit(point, points[(i + 1) % points.length] ?? point));
}

import { describe, expect, it } from 'vitest';
import { classOf, drawMap, testRules, toDrawing } from '../../../../testing/parsing/head-map.ts';
import { createHeadCanvas, type HeadCanvas } from './head-canvas.ts';
import { taperHair } from './taper-hair.ts';

/** A lock 8 cells wide that hangs from the top, on 40x40 cells of a tenth of a face's width. */
const lock = Array.from({ length: 40 }, () => `${'.'.repeat(16)}${'h'.repeat(8)}${'.'.repeat(16)}`);

/** A canvas that has seen the rows from 4 on down to `end`. */
function canvasSeen(end: number): HeadCanvas {
  const { grid } = drawMap(lock, 10);
  const canvas = createHeadCanvas(grid, testRules.length);
  for (let cell = 0; cell < canvas.depths.length; cell++) {
    const row = Math.floor(cell / 40);
    if (row < 4 || row > end) continue;
    canvas.depths[cell] = row === end ? 0.1 : 1;
    canvas.weights[cell] = 1;
    canvas.sums[cell * testRules.length + classOf(lock[row]?.[cell % 40] ?? '.')] = 1;
  }
  return canvas;
}

describe('hair that leaves all views', () => {
  it('ends round', () => {
    const map = drawMap(lock, 10);
    taperHair(map, canvasSeen(38), testRules);
    const widths = toDrawing(map).map((row) => row.split('h').length - 1);
    expect(widths[30]).toBe(8);
    expect(widths[37]).toBeLessThan(8);
    const end = widths.slice(30, 38);
    expect(end).toEqual([...end].sort((a, b) => b - a));
  });

  it('is unchanged if it ends inside the views', () => {
    const ending = lock.map((row, i) => (i < 30 ? row : '.'.repeat(40)));
    const map = drawMap(ending, 10);
    const canvas = canvasSeen(38);
    for (let cell = 30 * 40; cell < 1600; cell++) canvas.sums[cell * testRules.length + classOf('h')] = 0;
    taperHair(map, canvas, testRules);
    expect(toDrawing(map)).toEqual(ending);
  });
});

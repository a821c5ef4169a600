import { describe, expect, it } from 'vitest';
import { drawMap, toDrawing } from '../../../../testing/parsing/head-map.ts';
import { middleOf } from './head-frame.ts';
import { clearCell, trimHeadMap } from './head-map.ts';

describe('trimming a head’s map', () => {
  it('keeps the head and a frame of background, in its place', () => {
    const map = drawMap(['......', '......', '...s..', '..ss..', '......', '......'], 2);
    const trimmed = trimHeadMap(map);
    expect(toDrawing(trimmed)).toEqual(['....', '..s.', '.ss.', '....']);
    expect(middleOf(trimmed.grid, 6)).toEqual(middleOf(map.grid, 15));
    expect(trimmed.probabilities.subarray(6 * 7, 7 * 7)).toEqual(map.probabilities.subarray(15 * 7, 16 * 7));
  });

  it('takes no frame from beyond the grid, and keeps 2x2 cells of an empty map', () => {
    expect(toDrawing(trimHeadMap(drawMap(['ss', 'ss'], 2)))).toEqual(['ss', 'ss']);
    expect(toDrawing(trimHeadMap(drawMap(['....', '....', '....'], 2)))).toEqual(['..', '..']);
  });

  it('sees nothing but background in a cleared cell', () => {
    const map = drawMap(['ss'], 2);
    clearCell(map, 1);
    expect(toDrawing(map)).toEqual(['s.']);
    expect(Array.from(map.probabilities.subarray(7))).toEqual([255, 0, 0, 0, 0, 0, 0]);
  });
});

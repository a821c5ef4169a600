import { describe, expect, it } from 'vitest';
import { clearCell, trimHeadMap } from './head-map.ts';
import { drawMap, toDrawing } from '../../../../testing/parsing/head-map.ts';
import { middleOf } from './head-grid.ts';

describe('trimming a head’s map', () => {
  it('keeps the head and a frame of background, in its place', () => {
    const map = drawMap(['......', '......', '...s..', '..ss..', '......', '......'], 2);
    const trimmed = trimHeadMap(map);
    expect(toDrawing(trimmed)).toEqual(['....', '..s.', '.ss.', '....']);
    expect(middleOf(trimmed.grid, 6)).toEqual(middleOf(map.grid, 15));
    expect(trimmed.probabilities.subarray(6 * 7, 7 * 7)).toEqual(map.probabilities.subarray(15 * 7, 16 * 7));
  });

  it('takes no frame from beyond the grid, and leaves little of nothing', () => {
    expect(toDrawing(trimHeadMap(drawMap(['ss', 'ss'], 2)))).toEqual(['ss', 'ss']);
    expect(toDrawing(trimHeadMap(drawMap(['....', '....', '....'], 2)))).toEqual(['..', '..']);
  });

  it('knows a cleared cell for background alone', () => {
    const map = drawMap(['ss'], 2);
    clearCell(map, 1);
    expect(toDrawing(map)).toEqual(['s.']);
    expect(Array.from(map.probabilities.subarray(7))).toEqual([255, 0, 0, 0, 0, 0, 0]);
  });
});

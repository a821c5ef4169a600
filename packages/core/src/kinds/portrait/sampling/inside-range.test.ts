import { describe, expect, it } from 'vitest';
import { insideRange } from './inside-range.ts';

describe('the pixels of a row that are inside', () => {
  it('are those at which every line is at least 0 and below its end', () => {
    expect(insideRange(10, [-2, 1, 5])).toEqual([2, 7]);
    expect(insideRange(10, [-2, 1, 5], [9, -2, 20])).toEqual([2, 5]);
    expect(insideRange(10, [3, 0, 4])).toEqual([0, 10]);
  });

  it('are none where a line stays outside, on either side', () => {
    expect(insideRange(10, [-30, 1, 5])).toEqual([0, 0]);
    expect(insideRange(10, [30, 1, 5])).toEqual([0, 0]);
    expect(insideRange(10, [4, 0, 4])).toEqual([0, 0]);
    expect(insideRange(10, [-2, 1, 5], [-9, 1, 20])).toEqual([0, 0]);
  });
});

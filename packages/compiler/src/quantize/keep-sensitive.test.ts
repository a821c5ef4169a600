import { describe, expect, it } from 'vitest';
import { groupNeighbours, isReached, mostSensitive } from './keep-sensitive.ts';

const group = (name: string, products: number, error: number) => ({ layers: [name], products, error });

describe('what stays float32', () => {
  // Error for what it saves: a 0.1, b 2, c 0.5.
  const groups = [group('a', 100, 10), group('b', 4, 8), group('c', 4, 2)];
  const names = (share: number) => mostSensitive(groups, share).flatMap(({ layers }) => layers);

  it('are the groups with the most error for their cost, until little enough remains', () => {
    expect(names(0.6)).toEqual(['b']);
    expect(names(0.5)).toEqual(['b', 'c']);
    expect(names(0.1)).toEqual(['b', 'c', 'a']);
  });

  it('is nothing where all of the error may remain', () => {
    expect(names(1)).toEqual([]);
  });
});

describe('groups of neighbours', () => {
  it('are of about equal numbers, in order', () => {
    expect(groupNeighbours([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(groupNeighbours([1, 2], 80)).toEqual([[1], [2]]);
  });

  it('of nothing are none', () => {
    expect(groupNeighbours([], 80)).toEqual([]);
  });
});

it.each([
  [0.97, 0.99, true],
  [0.96, 0.99, false],
  [0.97, 0.98, false],
])('a mean IoU of %d and %d of the pixels reach the goal: %s', (meanIou, pixels, reached) => {
  const agreement = { meanIou, pixels, leastMeanIou: 0, leastPixels: 0 };
  expect(isReached({ meanIou: 0.97, pixels: 0.99 }, agreement)).toBe(reached);
});

import { expect, test } from 'vitest';
import { selectPairs } from './select-pairs.ts';

test('the likeliest pairs come first, equal ones by query and class, and no more than asked for', () => {
  const probabilities = Float64Array.of(0.1, 0.5, 0.2, 0.5, 0.9, 0);
  expect(selectPairs(probabilities, 3, 4)).toEqual([
    { query: 1, classId: 1, probability: 0.9 },
    { query: 0, classId: 1, probability: 0.5 },
    { query: 1, classId: 0, probability: 0.5 },
    { query: 0, classId: 2, probability: 0.2 },
  ]);
  expect(selectPairs(probabilities, 3, 100)).toHaveLength(6);
});

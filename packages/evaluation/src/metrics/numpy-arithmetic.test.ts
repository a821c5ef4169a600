/** Expected values are NumPy 1.23's. */
import { expect, test } from 'vitest';
import { meanOfNumbers } from './mean.ts';
import { numpyOrder } from './sort-order.ts';

test('40 values with many ties are in the order of numpy.argsort', () => {
  const values = [...'2100212410424243010201220032104323212101'].map(Number);
  const order = [
    24, 20, 2, 3, 38, 18, 16, 25, 9, 29, 17, 28, 39, 8, 35, 5, 37, 1, 21, 34, 27, 36, 32, 0, 22, 13, 11, 6, 4, 23, 19,
    15, 26, 31, 33, 14, 12, 30, 10, 7,
  ];
  expect(numpyOrder(values)).toEqual(order);
});

test('NaN comes last, and few values with ties stay in their order', () => {
  expect(numpyOrder([0.5, Number.NaN, 0.1, 0.5, 0.1])).toEqual([2, 4, 0, 3, 1]);
});

test.each([
  ['equal', (i: number) => i - i],
  ['ascending', (i: number) => i],
  ['up and down, as makes quicksort deep', (i: number) => (i % 2 === 0 ? i : 3_000 - i)],
])('3,000 values are sorted: %s', (_, valueOf) => {
  const values = Array.from({ length: 3_000 }, (_unused, i) => valueOf(i));
  const sorted = numpyOrder(values).map((i) => values[i]);
  expect(sorted).toEqual(values.toSorted((a, b) => a - b));
});

test('means are rounded like those of numpy.mean', () => {
  const values = [0.55, 0.71, 0.29, 0.51, 0.89, 0.9, 0.13, 0.21, 0.05, 0.44, 0.03, 0.46, 0.65, 0.28, 0.68, 0.59];
  // One by one it would be 0.43150000000000005.
  expect(meanOfNumbers([...values, 0.02, 0.56, 0.26, 0.42])).toBe(0.43149999999999994);
  expect(meanOfNumbers([Number.NaN, 1, 2])).toBe(1.5);
  expect(meanOfNumbers([Number.NaN])).toBeNaN();
  expect(meanOfNumbers(Array.from({ length: 300 }, () => 0.5))).toBe(0.5);
});

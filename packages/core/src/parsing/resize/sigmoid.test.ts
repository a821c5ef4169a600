import { expect, test } from 'vitest';
import { sigmoid, sigmoidRunSum } from './sigmoid.ts';

test('the table is within 1e-7 of the sigmoid, far from zero too', () => {
  for (let x = -40; x <= 40; x += 0.00317) {
    expect(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x)))).toBeLessThan(1e-7);
  }
});

test('a run of values is summed as one by one, steep ones too', () => {
  for (const [first, last, count] of [
    [0.1, 0.9, 6],
    [3, 0.001, 14],
    [0.5, 12, 7],
    [2, 2, 1],
    [0.2, 0.3, 2],
  ] as const) {
    const values = Array.from({ length: count }, (_, i) => first + ((last - first) * i) / Math.max(1, count - 1));
    const sum = values.reduce((total, value) => total + 1 / (1 + Math.exp(-value)), 0);
    expect(Math.abs(sigmoidRunSum(first, last, count) - sum) / count).toBeLessThan(1e-6);
  }
});

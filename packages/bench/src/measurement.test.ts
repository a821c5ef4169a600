import { expect, test } from 'vitest';
import { percentile, spreadOf } from './measurement.ts';

test('percentiles are measured values, by nearest rank', () => {
  const values = [50, 10, 40, 20, 30];
  expect(percentile(values, 0.5)).toBe(30);
  expect(percentile(values, 0.9)).toBe(50);
  expect(percentile(values, 0.2)).toBe(10);
  expect(spreadOf([7])).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 });
});

test('no values have no percentile', () => {
  expect(percentile([], 0.5)).toBeNaN();
});

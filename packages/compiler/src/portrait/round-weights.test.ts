import { describe, expect, it } from 'vitest';
import { nearest } from './int8-segmenter.ts';
import { createRounder } from './round-weights.ts';

/** Inputs around means of 1; each two neighbors nearly say the same. */
const size = 8;
const covariance = Float64Array.from({ length: size * size }, (_, i) => {
  const [a, b] = [Math.floor(i / size), i % size];
  return a === b ? 1 : a >> 1 === b >> 1 ? 0.99 : 0;
});
const inputs = { size, covariance, means: new Float64Array(size).fill(1) };
const weights = Float32Array.from([1, 0.503, 0.301, 0.2975, -0.7043, 0.1037, 0.2034, -0.0952]);

function variance(errors: readonly number[]): number {
  return errors.reduce(
    (sum, a, i) => sum + errors.reduce((row, b, j) => row + a * b * covariance[i * size + j]!, 0),
    0,
  );
}

describe('rounding the weights of a channel', () => {
  it('changes the result less than rounding each to the nearest', () => {
    const { scale, steps } = createRounder(inputs)(weights);
    const errors = Array.from(weights, (weight, k) => (nearest(weight, scale) + steps[k]!) * scale - weight);
    const plain = Math.fround(1 / 63);
    const nearestErrors = Array.from(weights, (weight) => nearest(weight, plain) * plain - weight);
    expect(variance(errors)).toBeLessThan(variance(nearestErrors) / 2);
  });

  it('says what it adds to the result on average', () => {
    const { scale, steps, shift } = createRounder(inputs)(weights);
    const errors = Array.from(weights, (weight, k) => (nearest(weight, scale) + steps[k]!) * scale - weight);
    expect(shift).toBeCloseTo(errors.reduce((sum, error) => sum + error));
  });
});

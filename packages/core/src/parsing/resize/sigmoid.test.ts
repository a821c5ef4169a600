import { expect, test } from 'vitest';
import { sigmoid } from './sigmoid.ts';

test('the table is within 1e-7 of the sigmoid, far from zero too', () => {
  for (let x = -40; x <= 40; x += 0.00317) {
    expect(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x)))).toBeLessThan(1e-7);
  }
});

import { describe, expect, test } from 'vitest';
import { bitmapFromSpanMask } from '../../render/bitmap-masks.ts';
import type { SpanMask } from '../../render/span-mask.ts';
import { resizeInTwoSteps } from '../../../testing/parsing/naive-resize.ts';
import { randomMask, randomSteps, seededRandom } from '../../../testing/parsing/random-output.ts';
import { MaskUpsampler } from './mask-upsampler.ts';
import type { ResizeSteps } from './resize-steps.ts';

function countDifferences(mask: SpanMask, expected: Float32Array): number {
  const bitmap = bitmapFromSpanMask(mask);
  // Rounding may decide a pixel whose logit is as good as zero.
  return bitmap.reduce((n, bit, i) => n + Number(Math.abs(expected[i]!) > 1e-5 && bit !== Number(expected[i]! > 0)), 0);
}

function meanSigmoid(values: Float32Array): number {
  const positive = values.filter((value) => value > 0);
  return positive.reduce((sum, value) => sum + 1 / (1 + Math.exp(-value)), 0) / (positive.length + 1e-6);
}

describe('a mask resized in one go', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('equals two whole resizes (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const steps = randomSteps(random);
    const upsampler = new MaskUpsampler(steps);
    for (const offset of [0, -4, 3]) {
      const logits = randomMask(random, steps.logits, offset);
      const expected = resizeInTwoSteps(logits, steps);
      const { mask, meanSigmoid: mean } = upsampler.upsample(logits);
      expect(countDifferences(mask, expected)).toBe(0);
      expect(Math.abs(mean - meanSigmoid(expected))).toBeLessThan(1e-6);
    }
  });

  test('clamps at the edge of the cut, not of the padded input', () => {
    const steps: ResizeSteps = {
      logits: { width: 8, height: 8 },
      padded: { width: 32, height: 32 },
      cut: { x0: 0, y0: 0, x1: 16, y1: 32 },
      photo: { width: 64, height: 64 },
    };
    // Positive only right of the cut: the knot left of the cut's edge is negative, whatever the padding holds.
    const logits = Float32Array.from({ length: 64 }, (_, i) => (i % 8 >= 4 ? 1 : -1));
    const { mask } = new MaskUpsampler(steps).upsample(logits);
    expect(mask.area).toBe(countPositive(resizeInTwoSteps(logits, steps)));
    expect(mask.area).toBe(0);
  });

  test('nothing above zero gives an empty mask with a mean of 0', () => {
    const steps = randomSteps(seededRandom(7));
    const logits = new Float32Array(steps.logits.width * steps.logits.height);
    const { mask, meanSigmoid: mean } = new MaskUpsampler(steps).upsample(logits);
    expect(mask).toMatchObject({ area: 0, bbox: [0, 0, 0, 0] });
    expect(mean).toBe(0);
  });
});

function countPositive(values: Float32Array): number {
  return values.filter((value) => value > 0).length;
}

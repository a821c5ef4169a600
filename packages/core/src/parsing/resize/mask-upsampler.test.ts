import { describe, expect, test } from 'vitest';
import type { SpanMask } from '../../render/span-mask.ts';
import { MaskUpsampler } from './mask-upsampler.ts';
import { resizeInTwoSteps, resizeMap } from './naive-resize.test-support.ts';
import type { ResizeSteps } from './resize-steps.ts';

/** Numbers in [0, 1) from a seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Blobs of both signs, like a network's mask logits. */
function blobs(random: () => number, width: number, height: number, offset: number): Float32Array {
  const coarse = { width: 2 + Math.floor(random() * 6), height: 2 + Math.floor(random() * 6) };
  const values = Float32Array.from({ length: coarse.width * coarse.height }, () => 12 * (random() - 0.5) + offset);
  return resizeMap(values, coarse, { width, height });
}

function randomSteps(random: () => number): ResizeSteps {
  const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const logits = { width: 8 * int(1, 5), height: 8 * int(1, 5) };
  const padded = { width: 4 * logits.width, height: 4 * logits.height };
  const x0 = random() < 0.5 ? 0 : int(0, padded.width - 2);
  const y0 = random() < 0.5 ? 0 : int(0, padded.height - 2);
  const cut = { x0, y0, x1: int(x0 + 1, padded.width), y1: int(y0 + 1, padded.height) };
  return { logits, padded, cut, photo: { width: int(1, 260), height: int(1, 260) } };
}

function toBitmap(mask: SpanMask): Uint8Array {
  const bitmap = new Uint8Array(mask.width * mask.height);
  const [, top, , rows] = mask.bbox;
  for (let i = 0; i < rows; i++) {
    for (let run = mask.rowStart[i]!; run < mask.rowStart[i + 1]!; run++) {
      const row = (top + i) * mask.width;
      bitmap.fill(1, row + mask.runs[2 * run]!, row + mask.runs[2 * run + 1]!);
    }
  }
  return bitmap;
}

function countDifferences(mask: SpanMask, expected: Float32Array): number {
  const bitmap = toBitmap(mask);
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
      const logits = blobs(random, steps.logits.width, steps.logits.height, offset);
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

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { resizeInTwoSteps } from '../../../testing/parsing/naive-resize.ts';
import { randomMask, randomSteps, seededRandom } from '../../../testing/parsing/random-output.ts';
import { maskBitmap, type SpanMask } from '../../render/span-mask.ts';
import { MaskUpsampler } from './mask-upsampler.ts';
import type { ResizeSteps } from './resize-steps.ts';

function countDifferences(mask: SpanMask, expected: Float32Array): number {
  const bitmap = maskBitmap(mask);
  expect(bitmap).toHaveLength(expected.length);
  // Rounding decides pixels whose logit is as good as zero.
  return bitmap.reduce((n, bit, i) => n + Number(Math.abs(expected[i]!) > 1e-5 && bit !== Number(expected[i]! > 0)), 0);
}

function meanSigmoid(values: Float32Array): number {
  const positive = values.filter((value) => value > 0);
  return positive.reduce((sum, value) => sum + 1 / (1 + Math.exp(-value)), 0) / (positive.length + 1e-6);
}

describe('a mask resized in one step', () => {
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

  test('equals two whole resizes at any size, single pixels included', () => {
    fc.assert(
      fc.property(anySteps(), fc.integer(), fc.boolean(), anyAmplitude(), (steps, seed, isSparse, amplitude) => {
        const random = seededRandom(seed);
        // Noise of any mean, or a few peaks on a plain just below zero, whose slopes reach farthest.
        const offset = amplitude * (random() - 0.5);
        const peak = 0.75 * amplitude;
        const logitAt = () => (isSparse ? (random() < 0.1 ? peak : -0.1) : amplitude * (random() - 0.5) + offset);
        const logits = Float32Array.from({ length: steps.logits.width * steps.logits.height }, logitAt);
        const expected = resizeInTwoSteps(logits, steps);
        const { mask, meanSigmoid: mean } = new MaskUpsampler(steps).upsample(logits);
        expect(countDifferences(mask, expected)).toBe(0);
        expect(Math.abs(mean - meanSigmoid(expected))).toBeLessThan(2e-6);
      }),
      { seed: 1, numRuns: 600 },
    );
  });

  test('clamps at the edge of the cut, not of the padded input', () => {
    const steps: ResizeSteps = {
      logits: { width: 8, height: 8 },
      padded: { width: 32, height: 32 },
      cut: { x0: 0, y0: 0, x1: 16, y1: 32 },
      photo: { width: 64, height: 64 },
    };
    // Positive only right of the cut: the last knot inside the cut is negative, whatever the padding holds.
    const logits = Float32Array.from({ length: 64 }, (_, i) => (i % 8 >= 4 ? 1 : -1));
    const { mask } = new MaskUpsampler(steps).upsample(logits);
    expect(mask.area).toBe(countPositive(resizeInTwoSteps(logits, steps)));
    expect(mask.area).toBe(0);
  });

  test('more runs than its memory has room for at first', () => {
    const steps: ResizeSteps = {
      logits: { width: 80, height: 40 },
      padded: { width: 320, height: 160 },
      cut: { x0: 0, y0: 0, x1: 320, y1: 160 },
      photo: { width: 640, height: 800 },
    };
    const stripes = Float32Array.from({ length: 80 * 40 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const upsampler = new MaskUpsampler(steps);
    for (const logits of [stripes, stripes.map((value) => -value)]) {
      const { mask } = upsampler.upsample(logits);
      expect(mask.runs.byteLength).toBeGreaterThan(200_000);
      expect(countDifferences(mask, resizeInTwoSteps(logits, steps))).toBe(0);
    }
  });

  test('steep slopes far from zero, where a cut begins inside of the padded input', () => {
    const steps: ResizeSteps = {
      logits: { width: 12, height: 12 },
      padded: { width: 48, height: 48 },
      cut: { x0: 5, y0: 5, x1: 41, y1: 41 },
      photo: { width: 90, height: 90 },
    };
    // Rising from logit to logit, in both directions: by 20, it is 5 from knot to knot.
    for (const [base, rise] of [
      [1, 5],
      [20, 5],
      [20, 20],
    ] as const) {
      const logits = Float32Array.from({ length: 144 }, (_, i) => base + rise * ((i % 12) + Math.floor(i / 12)));
      const { mask, meanSigmoid: mean } = new MaskUpsampler(steps).upsample(logits);
      expect(mask.area).toBe(8100);
      expect(Math.abs(mean - meanSigmoid(resizeInTwoSteps(logits, steps)))).toBeLessThan(1e-6);
    }
  });

  test('logits that are no numbers do no harm', () => {
    const steps = randomSteps(seededRandom(3));
    const upsampler = new MaskUpsampler(steps);
    const logits = randomMask(seededRandom(5), steps.logits);
    const expected = upsampler.upsample(logits);
    for (const value of [NaN, Infinity, -Infinity]) {
      expect(() => upsampler.upsample(logits.map((logit, i) => (i % 7 === 0 ? value : logit)))).not.toThrow();
    }
    expect(upsampler.upsample(logits)).toEqual(expected);
  });

  test('logits that are all 0 give an empty mask with a mean of 0', () => {
    const steps = randomSteps(seededRandom(7));
    const logits = new Float32Array(steps.logits.width * steps.logits.height);
    const { mask, meanSigmoid: mean } = new MaskUpsampler(steps).upsample(logits);
    expect(mask).toMatchObject({ area: 0, bbox: [0, 0, 0, 0] });
    expect(mean).toBe(0);
  });
});

/** TypeScript only knows it where it knows browsers. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => object };

describe('the memory of all', () => {
  test('photos that take turns have the masks of photos one by one', () => {
    const random = seededRandom(11);
    const photos = [1, 2, 3].map((seed) => randomSteps(seededRandom(seed)));
    const logits = photos.map((steps) => [randomMask(random, steps.logits), randomMask(random, steps.logits)] as const);
    const expected = photos.map((steps, i) => logits[i]!.map((mask) => new MaskUpsampler(steps).upsample(mask)));
    const resizers = photos.map((steps) => new MaskUpsampler(steps));
    for (const turn of [0, 1]) {
      resizers.forEach((upsampler, i) => {
        expect(upsampler.upsample(logits[i]![turn]!)).toEqual(expected[i]![turn]);
        if (turn === 1) upsampler.release();
      });
    }
  });

  test('is one for many photos, and another after a huge one', async () => {
    const create = vi.spyOn(WebAssembly, 'Memory');
    vi.resetModules();
    const { MaskUpsampler: Fresh } = await import('./mask-upsampler.ts');
    const parse = (steps: ResizeSteps) => {
      const upsampler = new Fresh(steps);
      upsampler.upsample(new Float32Array(steps.logits.width * steps.logits.height).fill(1));
      upsampler.release();
    };
    const small = randomSteps(seededRandom(1));
    for (let i = 0; i < 5; i++) parse(small);
    expect(create).toHaveBeenCalledTimes(1);
    const size = { width: 4200, height: 4200 };
    parse({ logits: size, padded: size, cut: { x0: 0, y0: 0, x1: 4200, y1: 4200 }, photo: { width: 8, height: 8 } });
    expect(create).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 5; i++) parse(small);
    expect(create).toHaveBeenCalledTimes(2);
  });
});

test.each([undefined, {}])('without WebAssembly, loading says model_unavailable', async (none) => {
  vi.stubGlobal('WebAssembly', none);
  vi.resetModules();
  const { loadMaskUpsampler } = await import('./mask-upsampler.ts');
  expect(() => loadMaskUpsampler()).toThrow(expect.objectContaining({ code: 'model_unavailable' }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Of noise: as networks' logits have it, and such that cells whose mean sigmoid is 1 hold pixels near zero. */
function anyAmplitude(): fc.Arbitrary<number> {
  return fc.constantFrom(12, 60, 1000);
}

/** Logits, cut and photo from 1 px per side on; the padded input is four times as large as the logits. */
function anySteps(): fc.Arbitrary<ResizeSteps> {
  const side = (max: number) => fc.oneof(fc.integer({ min: 1, max }), fc.constant(1));
  const axis = fc
    .record({ logits: side(12), from: fc.nat(47), length: side(48), photo: side(90) })
    .map(({ logits, from, length, photo }) => {
      const padded = 4 * logits;
      const start = from % padded;
      return { logits, padded, start, end: Math.min(padded, start + length), photo };
    });
  return fc.record({ x: axis, y: axis }).map(({ x, y }) => ({
    logits: { width: x.logits, height: y.logits },
    padded: { width: x.padded, height: y.padded },
    cut: { x0: x.start, y0: y.start, x1: x.end, y1: y.end },
    photo: { width: x.photo, height: y.photo },
  }));
}

function countPositive(values: Float32Array): number {
  return values.filter((value) => value > 0).length;
}

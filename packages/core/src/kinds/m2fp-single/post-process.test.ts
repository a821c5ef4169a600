import { describe, expect, test } from 'vitest';
import { cutMap, resizeInTwoSteps, resizeMap } from '../../../testing/parsing/naive-resize.ts';
import { randomOutput, randomSteps, seededRandom } from '../../../testing/parsing/random-output.ts';
import { forEachRun } from '../../render/span-mask.ts';
import { classProbabilities, maskLogits, type NetworkOutput } from '../../parsing/network/network-output.ts';
import type { ResizeSteps } from '../../parsing/resize/resize-steps.ts';
import { postProcessPerson } from './post-process.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** S at the photo's size, one whole map per class, in either order. */
function wholeMaps(output: NetworkOutput, steps: ResizeSteps, resizeBeforeSum: boolean): Float32Array[] {
  const { logits, padded, cut, photo } = steps;
  const resized = Array.from({ length: output.queries }, (_, query) =>
    (resizeBeforeSum
      ? resizeInTwoSteps(maskLogits(output, query), steps)
      : resizeMap(maskLogits(output, query), logits, padded)
    ).map(sigmoid),
  );
  const probabilities = classProbabilities(output);
  return Array.from({ length: output.classes }, (_, c) => {
    const sum = (pixel: number) =>
      resized.reduce((s, map, query) => s + (probabilities[query * output.classes + c] ?? 0) * (map[pixel] ?? 0), 0);
    const map = Float32Array.from({ length: resized[0]?.length ?? 0 }, (_, pixel) => sum(pixel));
    if (resizeBeforeSum) return map;
    return resizeMap(cutMap(map, padded.width, cut), { width: cut.x1 - cut.x0, height: cut.y1 - cut.y0 }, photo);
  });
}

function highest(maps: readonly Float32Array[], pixel: number): { label: number; lead: number } {
  const values = maps.map((map) => map[pixel] ?? 0);
  const [first = 0, second = 0] = values.toSorted((a, b) => b - a);
  return { label: values.indexOf(first), lead: first - second };
}

describe.each([true, false])('one person, with masks resized before the sum: %s', (resizeBeforeSum) => {
  test.each([1, 2, 3, 4, 5, 6])('classes and scores are those of the definition (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const steps = randomSteps(random);
    const output = randomOutput(random, steps.logits, 6, 5);
    const maps = wholeMaps(output, steps, resizeBeforeSum);
    const { masks } = postProcessPerson(output, steps, { resizeBeforeSum, scoreThreshold: 0 });

    // Every pixel is in exactly one mask, and in the one that the definition says, up to rounding.
    const label = new Int16Array(steps.photo.width * steps.photo.height).fill(-1);
    let area = 0;
    for (const { classId, mask } of masks) {
      forEachRun(mask, (y, start, end) =>
        label.fill(classId, y * steps.photo.width + start, y * steps.photo.width + end),
      );
      area += mask.area;
    }
    expect(area).toBe(label.length);
    const wrong = label.filter((found, pixel) => {
      const expected = highest(maps, pixel);
      return found < 0 || (expected.lead > 1e-5 && found !== expected.label);
    });
    expect(wrong).toHaveLength(0);
    for (const { classId, mask, score } of masks) {
      let sum = 0;
      label.forEach((found, pixel) => (sum += found === classId ? sigmoid(maps[classId]?.[pixel] ?? 0) : 0));
      expect(score).toBeCloseTo(sum / (mask.area + 1), 5);
    }
  });
});

describe('one person', () => {
  const random = seededRandom(11);
  const steps = randomSteps(random);

  test('masks are sorted by class id; parts are person 1, the background nobody', () => {
    const output = randomOutput(random, steps.logits, 6, 5);
    output.logits.set([9, 0, 0, 0, 0, 0]);
    output.masks
      .subarray(0, steps.logits.width * steps.logits.height)
      .fill(-9, 40)
      .fill(9, 0, 40);
    const { masks, people } = postProcessPerson(output, steps, { resizeBeforeSum: false, scoreThreshold: 0 });
    const ids = masks.map(({ classId }) => classId);
    expect(ids.length).toBeGreaterThan(1);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    for (const { classId, personId } of masks) expect(personId).toBe(classId === 0 ? 0 : 1);
    expect(people).toBe(1);
  });

  test('a photo that is all background has no person', () => {
    const output = randomOutput(random, steps.logits, 2, 3);
    output.logits.set([20, 0, 0, 0, 20, 0, 0, 0]);
    const { masks, people } = postProcessPerson(output, steps, { resizeBeforeSum: false, scoreThreshold: 0 });
    expect(masks).toMatchObject([{ classId: 0, personId: 0, mask: { area: steps.photo.width * steps.photo.height } }]);
    expect(people).toBe(0);
  });
});

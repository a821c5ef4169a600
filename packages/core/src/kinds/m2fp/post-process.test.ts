import { describe, expect, test } from 'vitest';
import { resizeInTwoSteps } from '../../../testing/parsing/naive-resize.ts';
import { randomOutput, randomSteps, seededRandom } from '../../../testing/parsing/random-output.ts';
import { classProbabilities, maskLogits, type NetworkOutput } from '../../parsing/network/network-output.ts';
import type { ResizeSteps } from '../../parsing/resize/resize-steps.ts';
import { type PeopleSettings, postProcessPeople, selectPairs } from './post-process.ts';
import { maskBitmap } from '../../render/span-mask.ts';

const personClassId = 4;
const settings: PeopleSettings = { personClassId, scoreThreshold: 0, topK: 100 };

function scene(seed: number) {
  const random = seededRandom(seed);
  const steps = randomSteps(random);
  return { output: randomOutput(random, steps.logits, 10, 6), steps };
}

/** The definition taken literally: every pair is resized whole before any is dropped. */
function byDefinition(output: NetworkOutput, steps: ResizeSteps) {
  const found = [];
  for (const [pair, probability] of classProbabilities(output).entries()) {
    const query = Math.floor(pair / output.classes);
    const classId = pair % output.classes;
    const logits = resizeInTwoSteps(maskLogits(output, query), steps);
    const positive = logits.filter((value) => value > 0);
    const mean = positive.reduce((sum, value) => sum + 1 / (1 + Math.exp(-value)), 0) / (positive.length + 1e-6);
    const score = probability * mean;
    const isKept = classId === personClassId ? score > 0.1 : score >= 0.1;
    if (classId !== 0 && isKept) found.push({ classId, score, mask: Uint8Array.from(logits, (v) => Number(v > 0)) });
  }
  return found.sort((a, b) => b.score - a.score);
}

describe('many people', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'masks and scores are those of the definition, highest score first (seed %i)',
    (seed) => {
      const { output, steps } = scene(seed);
      const { masks } = postProcessPeople(output, steps, settings);
      const expected = byDefinition(output, steps);
      expect(expected.length).toBeGreaterThan(0);
      expect(masks.map(({ classId }) => classId)).toEqual(expected.map(({ classId }) => classId));
      masks.forEach((mask, i) => {
        expect(mask.score).toBeCloseTo(expected[i]?.score ?? NaN, 5);
        const bitmap = maskBitmap(mask.mask);
        const differing = bitmap.filter((bit, pixel) => bit !== expected[i]?.mask[pixel]);
        expect(differing.length).toBeLessThanOrEqual(bitmap.length * 1e-4);
      });
    },
  );

  test('whole people are numbered by descending score and parts refer to them', () => {
    const { output, steps } = scene(3);
    const { masks, people } = postProcessPeople(output, steps, settings);
    const ids = masks.filter(({ classId }) => classId === personClassId).map(({ personId }) => personId);
    expect(people).toBeGreaterThan(1);
    expect(ids).toEqual(Array.from({ length: people }, (_, i) => i + 1));
    const partIds = masks.filter(({ classId }) => classId !== personClassId).map(({ personId }) => personId);
    expect(Math.max(...partIds)).toBeGreaterThan(0);
    expect(Math.max(...partIds)).toBeLessThanOrEqual(people);
  });

  test('a score threshold drops what is not above it and does not renumber the people who remain', () => {
    const { output, steps } = scene(3);
    const all = postProcessPeople(output, steps, settings).masks;
    const threshold = all[Math.floor(all.length / 2)]?.score ?? 0;
    const kept = postProcessPeople(output, steps, { ...settings, scoreThreshold: threshold }).masks;
    expect(kept).toHaveLength(Math.floor(all.length / 2));
    const keptPeople = kept.filter(({ classId }) => classId === personClassId);
    expect(keptPeople.length).toBeGreaterThan(0);
    expect(keptPeople.map(({ personId }) => personId)).toEqual(keptPeople.map((_, i) => i + 1));
    expect(kept.map(({ mask }) => mask)).toEqual(all.slice(0, kept.length).map(({ mask }) => mask));
  });

  test('top_k considers only the likeliest pairs', () => {
    const { output, steps } = scene(3);
    const few = postProcessPeople(output, steps, { ...settings, topK: 3 }).masks;
    expect(few.length).toBeGreaterThan(0);
    expect(few.length).toBeLessThanOrEqual(3);
  });

  test('a network that sees nothing gives no masks and no people', () => {
    const { output, steps } = scene(4);
    output.masks.fill(-5);
    expect(postProcessPeople(output, steps, settings)).toEqual({ masks: [], people: 0 });
  });
});

test('the likeliest pairs come first, equal ones by query and class, and no more than requested', () => {
  const probabilities = Float64Array.of(0.1, 0.5, 0.2, 0.5, 0.9, 0);
  expect(selectPairs(probabilities, 3, 4)).toEqual([
    { query: 1, classId: 1, probability: 0.9 },
    { query: 0, classId: 1, probability: 0.5 },
    { query: 1, classId: 0, probability: 0.5 },
    { query: 0, classId: 2, probability: 0.2 },
  ]);
  expect(selectPairs(probabilities, 3, 100)).toHaveLength(6);
});

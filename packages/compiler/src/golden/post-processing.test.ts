import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  createNetworkOutput,
  type NetworkOutput,
  type ParsedMask,
  postProcessPeople,
  postProcessPerson,
  type ResizeSteps,
} from '@m2fp/core/parsing';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareMasks } from './compare-masks.ts';
import { type GoldenCase, readGoldenCases } from './golden-cases.ts';

const folders = {
  people: (output: NetworkOutput, steps: ResizeSteps) =>
    postProcessPeople(output, steps, { personClassId: 20, scoreThreshold: 0, topK: 100 }).masks,
  edge: (output: NetworkOutput, steps: ResizeSteps) =>
    postProcessPeople(output, steps, { personClassId: 20, scoreThreshold: 0, topK: 100 }).masks,
  single: (output: NetworkOutput, steps: ResizeSteps) =>
    postProcessPerson(output, steps, { resizeBeforeSum: false, scoreThreshold: 0 }).masks,
};

function goldenDir(folder: string): string {
  return fileURLToPath(new URL(`../../../../test/golden/${folder}`, import.meta.url));
}

describe.each(Object.entries(folders))('post-processing of golden/%s', (folder, postProcess) => {
  const cases: GoldenCase[] = [];
  let classes: string[];

  beforeAll(async () => {
    for await (const golden of readGoldenCases(goldenDir(folder))) cases.push(golden);
    const text = await readFile(`${goldenDir(folder)}/configuration.json`, 'utf8');
    classes = (JSON.parse(text) as { model: { classes: string[] } }).model.classes;
  });

  test('gives the masks, labels and scores of the reference', () => {
    expect(cases.length).toBeGreaterThan(1);
    for (const golden of cases) {
      const comparison = compareMasks(golden.masks, named(run(golden, postProcess), classes));
      expect(comparison).toMatchObject({ missing: [], extra: [] });
      expect(comparison.differingPixels).toBe(0);
      expect(comparison.scoreDifference).toBeLessThan(5e-7);
    }
  });
});

function run(golden: GoldenCase, postProcess: (typeof folders)['people']): ParsedMask[] {
  const output = createNetworkOutput(golden.output);
  const { width, height } = output.maskSize;
  return [
    ...postProcess(output, {
      logits: output.maskSize,
      padded: { width: 4 * width, height: 4 * height },
      cut: golden.cut,
      photo: golden.photo,
    }),
  ];
}

function named(masks: readonly ParsedMask[], classes: readonly string[]) {
  return masks.map(({ classId, score, mask }) => ({ label: classes[classId] ?? '?', score, mask }));
}

/** A data set and predictions with what the authors' own evaluator gave for them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Evaluator } from '../metrics/evaluator.ts';
import { openDataset, readTruth } from './dataset.ts';
import { openPredictions } from './predictions.ts';

const golden = fileURLToPath(new URL('../../../../test/golden/eval', import.meta.url));

test("every figure is that of the authors' evaluator", async () => {
  const { photos, gaps } = await openDataset(golden);
  const predictions = await openPredictions(`${golden}/predictions`);
  const evaluator = new Evaluator();
  for (const photo of photos) evaluator.add(await readTruth(photo), await predictions.read(photo.name));
  const expected = JSON.parse(await readFile(`${golden}/expected.json`, 'utf8')) as unknown;
  expect({ gaps, missing: predictions.missing, classes: evaluator.classes }).toEqual({
    gaps: [],
    missing: [],
    classes: 20,
  });
  const found = numbersOf(evaluator.result());
  const wanted = numbersOf(expected);
  expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
  expect(wanted.size).toBeGreaterThan(90);
  for (const [path, value] of wanted) {
    const own = found.get(path);
    if (value === null) expect(own, path).toBeNull();
    else expect(Math.abs((own ?? Number.NaN) - value), path).toBeLessThanOrEqual(1e-9);
  }
});

/** Each number of a JSON value, or null, by its path. */
function numbersOf(value: unknown, path = ''): Map<string, number | null> {
  if (typeof value === 'number' || value === null) return new Map([[path, value]]);
  return new Map(Object.entries(value as object).flatMap(([key, part]) => [...numbersOf(part, `${path}/${key}`)]));
}

import { expect, test } from 'vitest';
import { resultKeys } from './job.ts';
import { bounds } from './limits.ts';
import { parseOptionsSchema } from './options.ts';
import { isPersonal, outputFileName, outputNames, personalOutputs, possibleFileNames } from './outputs.ts';

test('only people have a file each', () => {
  expect(personalOutputs).toEqual(['people']);
  expect(outputNames.filter((name) => !isPersonal(name)).map((name) => possibleFileNames(name).length)).toEqual(
    Array.from({ length: 8 }, () => 1),
  );
  expect(outputFileName('people', 12)).toBe('people/12.png');
  expect(outputFileName('cutout', 12)).toBe('cutout.png');
});

test('the names of a job’s files are known before it runs, for as many people as there may be', () => {
  const output = { prefix: 'results/x/' };
  const keys = resultKeys({ output, options: parseOptionsSchema.parse({ outputs: ['masks', 'people'] }) });
  expect(keys).toHaveLength(1 + bounds.people.max);
  expect([keys[0], keys[1], keys.at(-1)]).toEqual([
    ...['results/x/masks.json', 'results/x/people/1.png', `results/x/people/${bounds.people.max}.png`],
  ]);
  const options = parseOptionsSchema.parse({ outputs: ['people'], person: [3, 1] });
  expect(resultKeys({ output, options })).toEqual(['results/x/people/3.png', 'results/x/people/1.png']);
});

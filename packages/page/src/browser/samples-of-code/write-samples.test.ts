import type { ResultFile, SucceededJob } from '@m2fp/client/jobs';
import { describe, expect, test } from 'vitest';
import { neededOutputs } from '../options/chosen-options.ts';
import { writeSample, type SampleLanguage, type SampleRequest } from './write-samples.ts';

const plain: SampleRequest = {
  baseUrl: 'http://127.0.0.1:5000/',
  name: 'photo.jpg',
  chosen: { outputs: [...neededOutputs] },
  needsKey: false,
};
const rich: SampleRequest = {
  baseUrl: 'https://example.org/m2fp/',
  name: `it's "me"; again.jpg`,
  chosen: {
    ...{ model: 'people', score_threshold: 0.5, crop: true, parts: ["Men's hat"] },
    outputs: [...neededOutputs, 'people'],
  },
  needsKey: true,
};

/** That they run is tested with the service (test/page). */
describe.each(['curl', 'javascript', 'python'] satisfies SampleLanguage[])('a sample in %s', (language) => {
  test('says no more than is needed', () => {
    const text = writeSample(language, plain);
    expect(text).toMatch(/photo\.jpg/);
    expect(text).toMatch(/colormap\.png/);
    expect(text).not.toMatch(/options|model|YOUR_API_KEY/);
  });

  test('has the options, the address below a base path, and a placeholder for the key', () => {
    const text = writeSample(language, rich);
    for (const part of ['people-1.png', 'https://example.org/m2fp', 'score_threshold', 'YOUR_API_KEY', 'people']) {
      expect(text).toContain(part);
    }
  });
});

test('names and options are quoted for the shell, and for curl', () => {
  const text = writeSample('curl', rich);
  expect(text).toContain(`-F 'image=@"it'\\''s \\"me\\"; again.jpg"'`);
  expect(text).toContain(`"parts":["Men'\\''s hat"]`);
});

describe.each(['curl', 'javascript', 'python'] satisfies SampleLanguage[])('the file that %s fetches', (language) => {
  const chosen = { outputs: [...neededOutputs, 'people', 'cutout'], person: [2, 3] } satisfies SampleRequest['chosen'];
  const jobWith = (...files: Pick<ResultFile, 'output' | 'person'>[]): SucceededJob =>
    ({ id: 'job_1', result: { files } }) as unknown as SucceededJob;

  test('is of a person that was chosen', () => {
    expect(writeSample(language, { ...plain, chosen })).toContain('people-2.png');
  });

  test('is one that the job has', () => {
    const job = jobWith({ output: 'colormap' }, { output: 'people', person: 3 });
    expect(writeSample(language, { ...plain, chosen, job })).toContain('people-3.png');
    expect(writeSample(language, { ...plain, chosen, job: jobWith({ output: 'colormap' }) })).toContain('colormap.png');
  });
});

test('curl fetches from the job that there is, and fails if there is no such file', () => {
  const job = { id: 'job_1', result: { files: [{ output: 'colormap' }] } } as unknown as SucceededJob;
  const text = writeSample('curl', { ...plain, job });
  expect(text).toMatch(/^curl --fail-with-body -o colormap\.png .*\/jobs\/job_1\/files\/colormap'$/m);
  expect(text).not.toContain('JOB_ID');
});

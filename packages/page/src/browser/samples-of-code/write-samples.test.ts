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

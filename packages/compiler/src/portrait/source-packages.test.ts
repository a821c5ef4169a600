import { describe, expect, it } from 'vitest';
import { findPortraitSources, findSourcePackage } from './source-packages.ts';

describe('the packages that the portrait bundle is made from', () => {
  it('are found where they are installed, with their versions', async () => {
    const { detector, segmenter } = await findPortraitSources();
    expect(detector.modelJson).toMatch(/blazeface\.json$/);
    expect(segmenter.modelJson).toMatch(/model\.json$/);
    expect([detector.version, segmenter.version].every((version) => /^\d+\.\d+\.\d+/.test(version))).toBe(true);
  });

  it.each([
    [{ name: '@example/not-installed', modelJson: 'model.json' }],
    [{ name: '@vladmandic/human', modelJson: 'models/gone.json' }],
  ])('that are missing make the model unavailable, and are named: %o', async (source) => {
    await expect(findSourcePackage(source)).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining(source.name) as string,
    });
  });
});

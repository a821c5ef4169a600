import { access } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { samplePhotos } from './sample-photos.ts';

test('the sample photos are installed', async () => {
  const photos = samplePhotos();
  expect(photos).toHaveLength(6);
  for (const { path } of photos) await expect(access(path)).resolves.toBeUndefined();
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findPhotos } from './find-photos.ts';

test('an argument that is not a photo fails alone, in its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-find-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ['a.jpg', 'b.png']) await writeFile(join(folder, name), '');
  const found = await findPhotos(['missing.jpg', folder, 'a.jpg'], folder);
  expect(found.map(({ path, folder: results, error }) => [path, results, error?.code])).toEqual([
    [join(folder, 'missing.jpg'), 'missing', 'input_not_found'],
    [join(folder, 'a.jpg'), 'a', undefined],
    [join(folder, 'b.png'), 'b', undefined],
    [join(folder, 'a.jpg'), 'a-2', undefined],
  ]);
  expect(found[0]?.error?.message).toContain('missing.jpg');
});

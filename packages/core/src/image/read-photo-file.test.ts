import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readPhotoFile } from './read-photo-file.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'm2fp-photo-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('a file is read up to its bound', async () => {
  const path = join(await folder(), 'photo.jpg');
  await writeFile(path, 'photo');
  expect(Buffer.from(await readPhotoFile(path, 5)).toString()).toBe('photo');
  await expect(readPhotoFile(path, 4)).rejects.toMatchObject({ code: 'image_too_large' });
});

test('what is no file is refused before it is read', async () => {
  await expect(readPhotoFile('/dev/zero', 5)).rejects.toMatchObject({ code: 'input_not_found' });
  await expect(readPhotoFile(await folder(), 5)).rejects.toMatchObject({
    code: 'input_not_found',
    message: 'The file cannot be read: it is not a regular file.',
  });
});

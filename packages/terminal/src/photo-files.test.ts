import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { collectPhotos } from './photo-files.ts';

async function folderWith(...files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-photos-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of files) await writeFile(join(folder, file), '');
  return folder;
}

test('files are taken as named; folders give their photos, sorted by name', async () => {
  const folder = await folderWith('b.JPG', 'a.png', 'notes.txt');
  await mkdir(join(folder, 'sub.jpg'));
  const photos = await collectPhotos(['notes.txt', '.'], folder);
  expect(photos.map(({ name }) => name)).toEqual(['notes.txt', 'a.png', 'b.JPG']);
});

test('hidden files in a folder are passed over, unless they are named themselves', async () => {
  const folder = await folderWith('a.png', '._a.png', '.hidden.jpg', '.DS_Store', 'Thumbs.db');
  expect((await collectPhotos(['.'], folder)).map(({ name }) => name)).toEqual(['a.png']);
  expect((await collectPhotos(['._a.png'], folder)).map(({ name }) => name)).toEqual(['._a.png']);
});

test('an argument that does not exist, and a folder without photos, are errors that name it', async () => {
  const folder = await folderWith('notes.txt');
  await expect(collectPhotos(['missing.jpg'], folder)).rejects.toThrow('missing.jpg');
  await expect(collectPhotos([folder], '/')).rejects.toThrow('no photos');
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clearResults, openOutDir, putPhoto } from './results.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-results-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('an output folder is ours if it was new, and stays so', async () => {
  const folder = await temporaryFolder();
  expect(await openOutDir(join(folder, 'out'))).toMatchObject({ isOurs: true });
  await writeFile(join(folder, 'out/photo.txt'), '');
  expect(await openOutDir(join(folder, 'out'))).toMatchObject({ isOurs: true });
  expect(await openOutDir(folder)).toMatchObject({ isOurs: false });
});

test('a photo is put into the output folder byte for byte, into its own place not again', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a.jpg');
  await writeFile(path, 'photo');
  const out = { path: folder, isOurs: false };
  await putPhoto(path, out, 'a.jpg');
  await putPhoto(path, out, 'sub/b.jpg');
  await putPhoto(Buffer.from('photo'), out, 'sub/b.jpg');
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(['a.jpg', 'sub', 'sub/b.jpg']);
  expect(await readFile(join(folder, 'sub/b.jpg'), 'utf8')).toBe('photo');
});

test('another file is written over only in an output folder of our own', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.jpg'), 'mine');
  const put = (isOurs: boolean) => putPhoto(Buffer.from('else'), { path: folder, isOurs }, 'a.jpg');
  await expect(put(false)).rejects.toMatchObject({ code: 'output_denied' });
  expect(await readFile(join(folder, 'a.jpg'), 'utf8')).toBe('mine');
  await put(true);
  expect(await readFile(join(folder, 'a.jpg'), 'utf8')).toBe('else');
});

test('old results are cleared, and nothing that is not surely one', async () => {
  const folder = await temporaryFolder();
  for (const name of ['photo.jpg', 'holiday.jpg', 'overlay.jpg']) await writeFile(join(folder, name), '');
  await clearResults(folder);
  expect((await readdir(folder)).sort()).toEqual(['holiday.jpg', 'photo.jpg']);
  await mkdir(join(folder, 'results'));
  for (const name of ['photo.jpg', 'masks.json', 'notes.txt']) await writeFile(join(folder, 'results', name), '');
  await clearResults(join(folder, 'results'));
  expect(await readdir(join(folder, 'results'))).toEqual(['notes.txt']);
});

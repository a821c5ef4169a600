import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemFault } from './faults.ts';
import { clearResults, makeFolder, openOutDir, putPhoto, writeWhole } from './results.ts';

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

test('folders are made with those that they are in, also twice at a time', async () => {
  const folder = await temporaryFolder();
  await Promise.all([
    makeFolder(join(folder, 'a/b/c')),
    makeFolder(join(folder, 'a/b/c')),
    makeFolder(join(folder, 'a')),
  ]);
  expect(await readdir(folder, { recursive: true })).toEqual(['a', 'a/b', 'a/b/c']);
});

test('where there cannot be a folder or a file, the place and the reason are said, and nothing is left', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const below = await makeFolder(join(folder, 'file/below')).catch(systemFault);
  expect(below).toBe(`${join(folder, 'file/below')}: a part of the path is a file, not a folder (ENOTDIR).`);
  await mkdir(join(folder, 'taken'));
  const taken = await writeWhole(join(folder, 'taken'), 'text').catch(systemFault);
  expect(taken).toBe(`${join(folder, 'taken')}: it is a folder, not a file (EISDIR).`);
  expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
});

// Only there is a folder that nobody can make.
test.skipIf(process.platform !== 'linux')('a folder that cannot be made is no endless wait', async () => {
  await expect(makeFolder('/proc/none/below')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an error that is not of the system is left to others', () => {
  expect(systemFault(new Error('other'))).toBeUndefined();
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  expect(systemFault(full)).toBe('the disk is full (ENOSPC).');
});

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { collectPhotos } from './photo-files.ts';

async function folderWith(...files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-photos-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

async function namesIn(folder: string, except?: string): Promise<string[]> {
  const rules = except === undefined ? {} : { except: join(folder, except) };
  return (await collectPhotos(['.'], folder, rules)).map(({ name }) => name);
}

test('files are taken as named; folders give their photos, sorted by name', async () => {
  const folder = await folderWith('b.JPG', 'a.png', 'notes.txt');
  await mkdir(join(folder, 'sub.jpg'));
  const photos = await collectPhotos(['notes.txt', '.'], folder);
  expect(photos.map(({ name }) => name)).toEqual(['notes.txt', 'a.png', 'b.JPG']);
});

test('a pattern that no shell has expanded is, and one that matches nothing is named', async () => {
  const folder = await folderWith('b.JPG', 'a.jpg', 'c.jpg', 'sub/d.jpg');
  expect((await collectPhotos(['*.jpg', 'su?'], folder)).map(({ name }) => name)).toEqual(['a.jpg', 'c.jpg', 'd.jpg']);
  await expect(collectPhotos(['*.webp'], folder)).rejects.toThrow('*.webp is neither a photo nor a folder.');
});

test('folders within folders are searched too; a photo is called by its way there', async () => {
  const folder = await folderWith('z.jpg', 'a/2.jpg', 'a/b/1.png', 'c/notes.txt');
  expect(await namesIn(folder)).toEqual(['z.jpg', 'a/2.jpg', 'a/b/1.png']);
});

test('hidden files in a folder are passed over, unless they are named themselves', async () => {
  const folder = await folderWith('a.png', '._a.png', '.hidden.jpg', 'Thumbs.db', '__MACOSX/b.jpg', '.trash/c.jpg');
  expect(await namesIn(folder)).toEqual(['a.png']);
  expect((await collectPhotos(['._a.png'], folder)).map(({ name }) => name)).toEqual(['._a.png']);
});

test('links are followed, a folder once, and none in circles', async () => {
  const folder = await folderWith('album/a.jpg', 'album/sub/b.jpg', 'elsewhere/c.jpg');
  const album = join(folder, 'album');
  await symlink(album, join(album, 'sub/again'));
  await symlink(folder, join(album, 'up'));
  await symlink(join(folder, 'elsewhere'), join(album, 'linked'));
  await symlink(join(folder, 'elsewhere'), join(album, 'twice'));
  await symlink(join(folder, 'elsewhere/c.jpg'), join(album, 'c.jpg'));
  await symlink(join(folder, 'nowhere.jpg'), join(album, 'lost.jpg'));
  const photos = await collectPhotos(['album'], folder);
  expect(photos.map(({ name }) => name)).toEqual(['a.jpg', 'c.jpg', 'lost.jpg', 'linked/c.jpg', 'sub/b.jpg']);
});

test('the folder for the results is passed over, whatever it is called, but not if it is the one named', async () => {
  const folder = await folderWith('a.jpg', 'out/a.jpg', 'out/a/overlay.jpg');
  expect(await namesIn(folder, 'out')).toEqual(['a.jpg']);
  expect(await namesIn(join(folder, 'out'), '.')).toEqual(['a.jpg']);
});

test('results of earlier runs are passed over, photos beside them are not', async () => {
  const folder = await folderWith(
    ...['a.jpg', 'a/masks.json', 'a/colormap.png', 'a/overlay.jpg', 'a/photo.jpg', 'a/mine.jpg'],
    ...['b.jpg', 'b/overlay.jpg', 'old/.m2fp-results', 'old/c.jpg', 'old/c/overlay.jpg'],
    ...['album/overlay.jpg', 'album/d.jpg', 'one/photo.jpg'],
  );
  const expected = ['a.jpg', 'b.jpg', 'a/mine.jpg', 'album/d.jpg', 'album/overlay.jpg', 'one/photo.jpg'];
  expect(await namesIn(folder)).toEqual(expected);
});

test('an argument that does not exist, and a folder without photos, are errors that name it', async () => {
  const folder = await folderWith('notes.txt');
  await expect(collectPhotos(['missing.jpg'], folder)).rejects.toThrow('missing.jpg');
  await expect(collectPhotos([folder], '/')).rejects.toThrow('no photos');
});

test('folders that are too deep are reported, not read', async () => {
  const deep = Array.from({ length: 33 }, () => 'd').join('/');
  const folder = await folderWith(`${deep}/a.jpg`);
  await expect(collectPhotos(['.'], folder)).rejects.toThrow('cannot be read: more than 32 folders');
  expect(await collectPhotos(['d'], folder)).toHaveLength(1);
});

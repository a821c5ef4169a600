import { expect, test } from 'vitest';
import { nameResultFolders, ResultNames } from './result-names.ts';

const foldersOf = (...names: string[]) =>
  nameResultFolders(names.map((name) => ({ name, path: `/photos/${name}` }))).map(({ folder }) => folder);

test('a photo’s results go to a folder named after it', () => {
  expect(foldersOf('sample1.jpg', 'two words.PNG')).toEqual(['sample1', 'two words']);
});

test('photos with the same name get separate folders, even if only the case differs', () => {
  expect(foldersOf('a.jpg', 'a.png', 'A.jpg', 'a-2.jpg')).toEqual(['a', 'a-2', 'A-3', 'a-2-2']);
});

test('no name hides a folder, climbs out of the output folder or overwrites the page', () => {
  expect(foldersOf('...jpg', '..', '.hidden.jpg', 'index.html.jpg')).toEqual([
    'photo',
    'photo-2',
    'hidden',
    'index.html-2',
  ]);
});

const namesOf = (...names: string[]) =>
  nameResultFolders(names.map((name) => ({ name, path: `/photos/${name}` }))).map(({ name, folder }) => [name, folder]);

test('folders of photos are mirrored; photos of different folders stay apart', () => {
  expect(namesOf('x.jpg', 'a/x.jpg', 'a/b/x.jpg', 'a/x.jpg')).toEqual([
    ['x.jpg', 'x'],
    ['a/x.jpg', 'a/x'],
    ['a/b/x.jpg', 'a/b/x'],
    ['a/x-2.jpg', 'a/x-2'],
  ]);
});

test('a photo keeps its name unless it is taken, and never gets the place of a folder', () => {
  expect(namesOf('a.jpg', 'a.png', 'A.JPG', 'a.jpg.jpg', 'plain', 'plain')).toEqual([
    ['a.jpg', 'a'],
    ['a.png', 'a-2'],
    ['A-3.JPG', 'A-3'],
    ['a.jpg.jpg', 'a.jpg-2'],
    ['plain', 'plain-2'],
    ['plain-3.photo', 'plain-3'],
  ]);
  expect(namesOf('a.jpg', 'a/overlay.jpg', 'b/x.jpg', 'b.jpg')).toEqual([
    ['a.jpg', 'a'],
    ['a-2/overlay.jpg', 'a-2/overlay'],
    ['b/x.jpg', 'b/x'],
    ['b.jpg', 'b-2'],
  ]);
});

test('keys of a bucket never leave the output folder', () => {
  expect(namesOf('../../etc/x.jpg', 'a//b.jpg', 'c/\u0007\\d.jpg', `${'é'.repeat(300)}.jpg`)).toEqual([
    ['folder/folder/etc/x.jpg', 'folder/folder/etc/x'],
    ['a/folder/b.jpg', 'a/folder/b'],
    ['c/__d.jpg', 'c/__d'],
    [`${'é'.repeat(98)}.jpg`, 'é'.repeat(98)],
  ]);
});

test('ten thousand photos of the same name are placed quickly', () => {
  const folders = foldersOf(...Array.from({ length: 10_000 }, () => 'img.jpg'));
  expect(new Set(folders).size).toBe(10_000);
  expect(folders.at(-1)).toBe('img-10000');
});

test('on Windows, no name is a device or has what its file systems do not take', () => {
  const names = new ResultNames('win32');
  const placed = ['12:30.jpg', 'a?b/x.jpg', 'con.jpg', 'NUL', 'lpt1.tar.jpg', 'dots...jpg', 'blank .jpg'].map(
    (name) => {
      const { name: photo, folder } = names.place({ name, path: `/photos/${name}` });
      return [photo, folder];
    },
  );
  expect(placed).toEqual([
    ['12_30.jpg', '12_30'],
    ['a_b/x.jpg', 'a_b/x'],
    ['con_.jpg', 'con_'],
    ['NUL_', 'NUL_-2'],
    ['lpt1_.tar.jpg', 'lpt1_.tar'],
    ['dots.jpg', 'dots'],
    ['blank.jpg', 'blank'],
  ]);
  const elsewhere = new ResultNames('linux').place({ name: '12:30?.jpg', path: '/photos/12:30?.jpg' });
  expect(elsewhere.folder).toBe('12:30?');
});

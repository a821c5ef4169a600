import { expect, test } from 'vitest';
import { nameResultFolders } from './result-folders.ts';

const foldersOf = (...names: string[]) =>
  nameResultFolders(names.map((name) => ({ name, path: `/photos/${name}` }))).map(({ folder }) => folder);

test('a photo’s results go to a folder named after it', () => {
  expect(foldersOf('sample1.jpg', 'two words.PNG', 'no-extension')).toEqual(['sample1', 'two words', 'no-extension']);
});

test('photos of one name get folders of their own, also where only the case differs', () => {
  expect(foldersOf('a.jpg', 'a.png', 'A.jpg', 'a-2.jpg')).toEqual(['a', 'a-2', 'A-3', 'a-2-2']);
});

test('no name hides a folder, climbs out of the output folder or takes the page’s place', () => {
  expect(foldersOf('...jpg', '..', '.hidden.jpg', 'index.html.jpg')).toEqual([
    'photo',
    'photo-2',
    'hidden',
    'index.html-2',
  ]);
});

import { expect, test } from 'vitest';
import { nameResultFolders } from './results.ts';

const foldersOf = (...names: string[]) =>
  nameResultFolders(names.map((name) => ({ name, path: `/photos/${name}` }))).map(({ folder }) => folder);

test('a photo’s results go to a folder named after it', () => {
  expect(foldersOf('sample1.jpg', 'two words.PNG', 'no-extension')).toEqual(['sample1', 'two words', 'no-extension']);
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

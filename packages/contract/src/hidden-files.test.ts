import { expect, test } from 'vitest';
import { isHiddenFile } from './hidden-files.ts';

test.each([
  '.DS_Store',
  '._portrait.jpg',
  '.hidden.jpg',
  'holiday/._portrait.jpg',
  '.thumbnails/portrait.jpg',
  'holiday/.cache/small/portrait.jpg',
  '__MACOSX/portrait.jpg',
  'holiday/__MACOSX/._portrait.jpg',
  'Thumbs.db',
  'holiday/THUMBS.DB',
  'desktop.ini',
  'holiday\\Desktop.ini',
  '$RECYCLE.BIN/portrait.jpg',
  '@eaDir/portrait.jpg/thumbnail.jpg',
])('%s is hidden', (path) => expect(isHiddenFile(path)).toBe(true));

test.each([
  'portrait.jpg',
  'holiday/portrait.jpg',
  './portrait.jpg',
  '../portrait.jpg',
  '_portrait.jpg',
  'portrait..jpg',
  'a.b/portrait.jpg',
  'thumbs.db.jpg',
  'desktop.ini/portrait.jpg',
])('%s is not', (path) => expect(isHiddenFile(path)).toBe(false));

import { describe, expect, it } from 'vitest';
import { bounds } from './limits.ts';
import { commonFolder, nameOfInput, photoNameOf } from './photo-name.ts';

describe('photoNameOf', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['C:\\photos\\é 1.jpg', 'é 1.jpg'],
    ['../../etc/写真.png', '写真.png'],
    ['fun\u0000ny\r\n ca\u202et.jpg\ud800', 'funny cat.jpg'],
    ['👩‍👧.webp', '👩‍👧.webp'],
  ])('makes %j %j', (given, name) => expect(photoNameOf(given)).toBe(name));

  it.each(['', '/', 'a/', '..', ' . ', '\u0007'])('finds no name in %j', (given) => {
    expect(photoNameOf(given)).toBeUndefined();
  });

  it('cuts a long name between characters, and keeps its ending', () => {
    const name = photoNameOf(`${'写'.repeat(1_000)}.jpeg`) ?? '';
    expect(name).toMatch(/^写+\.jpeg$/);
    expect(Buffer.byteLength(name)).toBe(bounds.photoName.max - ((bounds.photoName.max - 5) % 3));
    expect(photoNameOf(`.${'a'.repeat(300)}`)).toHaveLength(bounds.photoName.max);
  });
});

it('is the last part of a key, if no name was given', () => {
  expect(nameOfInput({ key: 'inputs/shop/1.jpg' })).toBe('1.jpg');
  expect(nameOfInput({ key: 'uploads/0f', name: 'cat.png' })).toBe('cat.png');
});

it.each([
  [['a/b/1.jpg', 'a/b/2.jpg'], 'a/b/'],
  [['a/b/1.jpg', 'a/bc/1.jpg'], 'a/'],
  [['a/b/c/1.jpg', 'a/1.jpg'], 'a/'],
  [['a/1.jpg', 'b/1.jpg'], ''],
  [['/1.jpg', '1.jpg'], ''],
  [['1.jpg'], ''],
])('%j have the folder %j in common', (keys, folder) => {
  expect(keys.reduce<string | undefined>(commonFolder, undefined)).toBe(folder);
});

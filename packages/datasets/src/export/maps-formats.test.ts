/** The formats that are made from the maps of ids. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeIndexedPng, vocColor } from '@m2fp/core/render';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { classIds, exported, personIds, tinyPhoto } from '../../testing/tiny-photo.ts';
import { asGray, idsOf, paletteOf } from './indexed-png.ts';

describe('lip', () => {
  it('has gray levels that are ids, and a line per part', async () => {
    const { dir, text } = await exported('lip', [tinyPhoto(), tinyPhoto({ stem: 'b', ext: '.png' })]);
    const files = [
      'Category_ids/album_a.png',
      'Human_ids/album_a.png',
      'Images/album_a.jpg',
      'Instance_ids/album_a.png',
    ];
    expect(await readdir(dir, { recursive: true })).toEqual(expect.arrayContaining([...files, 'Images/b.jpg']));
    expect((await sharp(join(dir, 'Images/b.jpg')).metadata()).format).toBe('jpeg');
    const pixels = async (path: string) => {
      const { format, depth, isPalette, channels } = await sharp(join(dir, path)).metadata();
      expect({ format, depth, isPalette, channels }).toEqual({
        format: 'png',
        depth: 'uchar',
        isPalette: false,
        channels: 1,
      });
      return new Uint8Array(await sharp(join(dir, path)).toColourspace('b-w').raw().toBuffer());
    };
    expect(await pixels('Category_ids/album_a.png')).toEqual(classIds);
    expect(await pixels('Human_ids/album_a.png')).toEqual(personIds);
    expect(await text('Instance_ids/album_a.txt')).toBe('1 2 1\n2 5 1\n3 2 2\n');
    const parts = await pixels('Instance_ids/album_a.png');
    const expected = classIds.map((id, pixel) => (id === 0 ? 0 : id === 5 ? 2 : personIds[pixel] === 2 ? 3 : 1));
    expect(parts).toEqual(expected);
  });

  it('has 16 bits per pixel where there are more than 255 parts', async () => {
    const size = 300;
    const gray = Array.from({ length: 256 }, (_, id): [number, number, number] => [id, id, id]);
    const classes = await encodeIndexedPng(
      Uint8Array.from({ length: size }, (_, i) => (i % 250) + 1),
      size,
      1,
      gray,
    );
    const people = await encodeIndexedPng(
      Uint8Array.from({ length: size }, (_, i) => 1 + Math.floor(i / 250)),
      size,
      1,
      gray,
    );
    const maps: Readonly<Record<string, Uint8Array>> = { colormap: classes, instances: people };
    const photo = { ...tinyPhoto(), read: async (output: string) => maps[output] };
    const { dir, text } = await exported('lip', [photo], { withPhotos: false });
    const path = join(dir, 'Instance_ids/album_a.png');
    const ids = await sharp(path).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    const found = new Uint16Array(ids.buffer, ids.byteOffset, size);
    expect(new Set(found).size).toBe(size);
    expect((await text('Instance_ids/album_a.txt')).split('\n')).toContain(`${found[299]} 50 2`);
  });
});

it.each(['lip', 'schp'] as const)('%s refuses a photo that another model parsed', async (format) => {
  const adding = exported(format, [tinyPhoto(), tinyPhoto({ stem: 'b', without: 'masks' })]);
  await expect(adding).resolves.toBeDefined();
  const other = exported(format, [tinyPhoto(), tinyPhoto({ stem: 'b', categoryName: 'Jacket' })]);
  await expect(other).rejects.toMatchObject({ code: 'invalid_request' });
});

describe('schp', () => {
  it('has the label map in the colors of Pascal VOC', async () => {
    const { dir, bytes } = await exported('schp', [tinyPhoto(), tinyPhoto({ stem: 'b' })]);
    expect((await readdir(dir)).sort()).toEqual(['album_a.png', 'b.png']);
    const png = await bytes('album_a.png');
    expect((await idsOf(png)).ids).toEqual(Buffer.from(classIds));
    expect(paletteOf(png)).toEqual(Array.from({ length: 256 }, (_, id) => vocColor(id)));
  });
});

it('a label map that is no indexed PNG is refused', async () => {
  const rgb = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#468' } })
    .png()
    .toBuffer();
  for (const bytes of [rgb, Buffer.from('nothing'), new Uint8Array(0)]) {
    expect(() => asGray(bytes)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  }
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeIndexedPng } from '@m2fp/core/render';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeIdPng, readIdPng } from './id-png.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-png-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function stored(bytes: Uint8Array): Promise<string> {
  const path = join(dir, 'map.png');
  await writeFile(path, bytes);
  return path;
}

const ids = Uint8Array.of(0, 1, 2, 19, 200, 255);
const size = { width: 3, height: 2 };

test('what is written is read', async () => {
  const png = await encodeIdPng({ ...size, ids });
  expect([...png.subarray(24, 26)]).toEqual([8, 0]); // 8 bits, gray
  expect(await readIdPng(await stored(png))).toEqual({ ...size, ids: Buffer.from(ids) });
});

test('the pixels of an indexed PNG are its indices, whatever the colors', async () => {
  const palette = Array.from({ length: 256 }, (_, i) => [255 - i, i, 7] as const);
  const path = await stored(await encodeIndexedPng(ids, 3, 2, palette as never));
  expect([...(await readIdPng(path)).ids]).toEqual([...ids]);
});

test.each([1, 2, 4])('an index may have %i bits', async (bits) => {
  const raw = Uint8Array.of(0, 1, 1, 0, 0, 1);
  const options = { palette: true, colors: 2 ** bits, bitdepth: bits, dither: 0 } as const;
  const colors = Uint8Array.from([...raw].flatMap((id) => (id === 0 ? [0, 0, 0] : [255, 0, 0])));
  const png = await sharp(colors, { raw: { ...size, channels: 3 } })
    .png(options)
    .toBuffer();
  expect([png[24], png[25]]).toEqual([bits, 3]);
  const found = [...(await readIdPng(await stored(png))).ids];
  // The encoder chose which color is 0.
  expect(found.map((id) => Number(id !== found[0]))).toEqual([...raw]);
  expect(Math.max(...found)).toBe(1);
});

test('ids may have 16 bits, unless classes are asked for', async () => {
  const wide = new Uint16Array([0, 1, 300, 65_535, 2, 3]);
  const png = await sharp(wide, { raw: { ...size, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
  expect([...(await readIdPng(await stored(png))).ids]).toEqual([...wide]);
  await expect(readIdPng(await stored(png), 255)).rejects.toThrow('has 300 in it: ids up to 255 are expected');
});

test('three equal channels are one; a colored picture is refused', async () => {
  const gray = Uint8Array.from([...ids].flatMap((id) => [id, id, id]));
  const rgb = (data: Uint8Array) =>
    sharp(data, { raw: { ...size, channels: 3 } })
      .png()
      .toBuffer();
  expect([...(await readIdPng(await stored(await rgb(gray)))).ids]).toEqual([...ids]);
  gray[4] = 9;
  await expect(readIdPng(await stored(await rgb(gray)))).rejects.toMatchObject({ code: 'invalid_request' });
});

test('what is cut off, or no PNG, is named', async () => {
  const noise = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 7919) % 251);
  const png = await encodeIdPng({ width: 64, height: 64, ids: noise });
  const error = { code: 'image_unreadable', message: expect.stringContaining('map.png') as string };
  await expect(readIdPng(await stored(png.subarray(0, png.length / 2)))).rejects.toMatchObject(error);
  await expect(readIdPng(await stored(Buffer.from('GIF89a and so on')))).rejects.toMatchObject(error);
});

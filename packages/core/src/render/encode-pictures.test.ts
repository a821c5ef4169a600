import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { encodeIndexedPng } from './indexed-png.ts';
import type { Palette } from './palettes.ts';

// Two ids have the same colour: a writer that looked at colours would make them one.
const palette: Palette = [
  [0, 0, 0],
  [255, 0, 0],
  [10, 20, 30],
  [255, 0, 0],
];
const pixels = Uint8Array.of(0, 1, 2, 3, 3, 3, 1, 0, 2, 2, 2, 2);

/** The data of a PNG's chunks, by type. */
function chunksOf(png: Uint8Array): Record<string, Buffer> {
  const bytes = Buffer.from(png);
  const chunks: Record<string, Buffer> = {};
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    chunks[bytes.toString('latin1', at + 4, at + 8)] = bytes.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
  return chunks;
}

it('writes a PNG that decodes to the palette’s colours', async () => {
  const png = await encodeIndexedPng(pixels, 4, 3, palette);
  const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 4, height: 3, channels: 3 });
  expect([...data]).toEqual([...pixels].flatMap((id) => palette[id] ?? []));
});

it('keeps each id as it is, and the palette in its order', async () => {
  const { PLTE, IDAT } = chunksOf(await encodeIndexedPng(pixels, 4, 3, palette));
  expect([...(PLTE ?? [])]).toEqual(palette.flat());
  expect([...inflateSync(IDAT ?? '')]).toEqual([0, 0, 1, 2, 3, 0, 3, 3, 1, 0, 0, 2, 2, 2, 2]);
});

it('leaves the event loop to others while it compresses', async () => {
  let turns = 0;
  let isEncoding = true;
  const turn = (): void => {
    turns += 1;
    if (isEncoding) setImmediate(turn);
  };
  setImmediate(turn);
  await encodeIndexedPng(new Uint8Array(8_000_000), 4000, 2000, palette);
  isEncoding = false;
  expect(turns).toBeGreaterThan(0);
});

it('refuses pixels that do not fill the size', async () => {
  await expect(encodeIndexedPng(pixels, 4, 4, palette)).rejects.toThrow('12 pixels do not fill 4x4.');
});

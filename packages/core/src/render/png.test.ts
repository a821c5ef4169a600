import fc from 'fast-check';
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { encodeGrayPng, encodeIndexedPng, encodeRgbaPng } from './png.ts';
import type { Palette } from './palettes.ts';

// Two ids have the same color: a writer that looked at colors would merge them.
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

it('writes a PNG that decodes to the palette’s colors', async () => {
  const png = await encodeIndexedPng(pixels, 4, 3, palette);
  const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 4, height: 3, channels: 3 });
  expect([...data]).toEqual([...pixels].flatMap((id) => palette[id] ?? []));
});

it('keeps each id, and the palette in its order', async () => {
  const { PLTE, IDAT } = chunksOf(await encodeIndexedPng(pixels, 4, 3, palette));
  expect([...(PLTE ?? [])]).toEqual(palette.flat());
  expect([...inflateSync(IDAT ?? '')]).toEqual([0, 0, 1, 2, 3, 0, 3, 3, 1, 0, 0, 2, 2, 2, 2]);
});

it('gives back the ids of any canvas', async () => {
  const canvas = fc
    .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
    .chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        ids: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
      }),
    );
  // Only red distinguishes the ids.
  const colors: Palette = Array.from({ length: 256 }, (_, id) => [id, 255 - id, (id * 7) % 256]);
  await fc.assert(
    fc.asyncProperty(canvas, async ({ width, ids }) => {
      const png = await encodeIndexedPng(ids, width, ids.length / width, colors);
      const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width, height: ids.length / width, channels: 3 });
      expect([...data]).toEqual([...ids].flatMap((id) => colors[id] ?? []));
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('keeps the event loop turning while it compresses', async () => {
  // Noise, which keeps zlib busy for a while; if this thread compressed, the loop would turn once or not at all.
  const noise = Uint8Array.from({ length: 2_000_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 30);
  let turns = 0;
  let isEncoding = true;
  const turn = (): void => {
    turns += 1;
    if (isEncoding) setImmediate(turn);
  };
  setImmediate(turn);
  await encodeIndexedPng(noise, 2000, 1000, palette);
  isEncoding = false;
  expect(turns).toBeGreaterThan(10);
});

it('gives back the pixels of any RGBA picture, transparent rows and bands included', async () => {
  const picture = fc
    .record({ width: fc.integer({ min: 1, max: 30 }), height: fc.integer({ min: 1, max: 30 }) })
    .chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 }),
        emptyRows: fc.uniqueArray(fc.nat({ max: height - 1 })),
      }),
    );
  await fc.assert(
    fc.asyncProperty(picture, async ({ width, height, pixels, emptyRows }) => {
      const rowBytes = 4 * width;
      for (const y of emptyRows) pixels.fill(0, y * rowBytes, (y + 1) * rowBytes);
      const png = await encodeRgbaPng(width, height, (y, row) => {
        if (emptyRows.includes(y)) return false;
        row.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes));
        return true;
      });
      const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width, height, channels: 4 });
      expect([...data]).toEqual([...pixels]);
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('filters a picture of several bands as one', async () => {
  const [width, height] = [5000, 40];
  const fill = (y: number, row: Uint8Array): boolean => {
    for (let i = 0; i < row.length; i++) row[i] = (i * 7 + y * 13) % 256;
    return true;
  };
  const data = await sharp(await encodeRgbaPng(width, height, fill))
    .raw()
    .toBuffer();
  const row = new Uint8Array(4 * width);
  for (let y = 0; y < height; y++) {
    fill(y, row);
    expect(Buffer.compare(data.subarray(y * row.length, (y + 1) * row.length), row)).toBe(0);
  }
});

it('writes gray levels as they are', async () => {
  const png = await encodeGrayPng(Uint8Array.of(0, 255, 255, 0, 7, 255), 3, 2);
  const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 3, height: 2, channels: 1 });
  expect([...data]).toEqual([0, 255, 255, 0, 7, 255]);
});

it('refuses pixels that do not fill the size', async () => {
  await expect(encodeIndexedPng(pixels, 4, 4, palette)).rejects.toThrow('12 pixels do not fill 4x4.');
});

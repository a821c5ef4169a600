import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { eoi, sampledAs, texture } from '../../testing/image/build-files.ts';
import { openPhoto } from './open-photo.ts';
import { resizeRgb } from './resize.ts';

/** Soft, as photographs are at their full size. */
const soft = (width: number, height: number): Sharp =>
  texture(Math.ceil(width / 8), Math.ceil(height / 8)).resize(width, height, { fit: 'fill' });

const target = { width: 60, height: 40 };
const turnedTarget = { width: 40, height: 60 };

/** The root mean square of the differences from resizing the whole photo, in levels. Turned wrongly, it is over 20. */
async function difference(bytes: Uint8Array, to = target): Promise<number> {
  const photo = await openPhoto(bytes);
  const shrunk = await photo.resized(to.width, to.height);
  const exact = resizeRgb(await photo.rgb(), to.width, to.height);
  expect([shrunk.width, shrunk.height, shrunk.data.length]).toEqual([to.width, to.height, exact.data.length]);
  const squares = shrunk.data.reduce((sum, level, i) => sum + (level - (exact.data[i] ?? 0)) ** 2, 0);
  return Math.sqrt(squares / exact.data.length);
}

describe('a JPEG of four times the size or more', () => {
  it.each([
    ['with colors at half its size', '4:2:0', false],
    ['with colors at its own size', '4:4:4', false],
    ['progressive', '4:2:0', true],
  ] as const)('%s, is nearly what resizing the whole photo gives', async (_name, chromaSubsampling, progressive) => {
    const bytes = await soft(480, 320).jpeg({ chromaSubsampling, progressive }).toBuffer();
    const found = await difference(bytes);
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(3);
  });

  it.each([2, 3, 4, 5, 6, 7, 8])('is turned and mirrored as orientation %i says', async (orientation) => {
    const bytes = await soft(480, 320).withMetadata({ orientation }).jpeg().toBuffer();
    expect(await difference(bytes, orientation >= 5 ? turnedTarget : target)).toBeLessThan(3);
  });

  it('is resized exactly if it cannot be shrunk without moving its pixels', async () => {
    expect(await difference(await soft(481, 320).jpeg().toBuffer())).toBe(0);
    expect(await difference(await soft(480, 328).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer())).toBe(0);
    // Of odd numbers of rows below it, none is nearly a whole number when it is resized.
    const odd = await soft(320, 241).jpeg().toBuffer();
    expect(await difference(odd, { width: 80, height: 60 })).toBe(0);
  });

  it('is shrunk at an odd height if it stays in its place', async () => {
    const bytes = await soft(480, 279).jpeg().toBuffer();
    const found = await difference(bytes, { width: 80, height: 45 });
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(3);
  });

  it.each([0x12, 0x21, 0x22, 0x44])('gray, is read alike with sampling factors of %i', async (factors) => {
    for (const [width, height] of [
      [480, 312],
      [480, 320],
      [480, 328],
      [960, 648],
    ] as const) {
      const gray = await soft(width, height).toColourspace('b-w').jpeg().toBuffer();
      const [plain, sampled] = await Promise.all([openPhoto(gray), openPhoto(sampledAs(factors, gray))]);
      expect(await sampled.rgb()).toEqual(await plain.rgb());
      const to = [width / 8, Math.floor(height / 8)] as const;
      expect(await sampled.resized(...to), `${width} x ${height}`).toEqual(await plain.resized(...to));
    }
  });

  it('is not whole if any of it is cut off, whatever stands at its end', async () => {
    for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
      const whole = await texture(480, 320).jpeg({ chromaSubsampling }).toBuffer();
      const end = whole.length - 2;
      for (const cut of [end - 1, end - 2, end - 3, end - 50, end - 500, Math.floor(end / 2)]) {
        for (const tail of [Buffer.alloc(0), eoi]) {
          const photo = openPhoto(Buffer.concat([whole.subarray(0, cut), tail]));
          const resized = photo.then((opened) => opened.resized(target.width, target.height));
          await expect(resized, `${end - cut} bytes less`).rejects.toMatchObject({ code: 'image_unreadable' });
        }
      }
    }
  });

  it('may lack its end marker', async () => {
    const whole = await soft(480, 320).jpeg().toBuffer();
    const [cut, asIs] = await Promise.all([openPhoto(whole.subarray(0, -2)), openPhoto(whole)]);
    expect(await cut.resized(60, 40)).toEqual(await asIs.resized(60, 40));
  });

  it('is converted to sRGB like any other', async () => {
    const cmyk = await soft(480, 320).toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    expect(await difference(cmyk)).toBeLessThan(3);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { eoi, pngChunk, sampledAs, texture } from '../../testing/image/build-files.ts';
import { openPhoto } from './open-photo.ts';

const decode = async (bytes: Uint8Array): Promise<Buffer> => Buffer.from((await (await openPhoto(bytes)).rgb()).data);
const outcome = (bytes: Uint8Array): Promise<string> =>
  decode(bytes).then(
    () => 'decoded',
    ({ code }: { code: string }) => code,
  );

const width = 97;
const gray = (): Sharp => texture(width, 40).toColourspace('b-w').jpeg();
const jpegs: [string, () => { toBuffer(): Promise<Buffer> }][] = [
  ['baseline', () => texture(width, 65).jpeg()],
  ['without subsampling', () => texture(width, 65).jpeg({ chromaSubsampling: '4:4:4' })],
  ['of whole blocks', () => texture(width, 64).jpeg({ chromaSubsampling: '4:4:4' })],
  ['with standard tables', () => texture(width, 40).jpeg({ optimizeCoding: false })],
  ['progressive', () => texture(width, 40).jpeg({ progressive: true })],
  ['gray', () => gray()],
  ['gray with sampling factors', () => ({ toBuffer: async () => sampledAs(0x22, await gray().toBuffer()) })],
  ['CMYK', () => texture(width, 24).toColourspace('cmyk').jpeg()],
  ['turned', () => texture(width, 40).withMetadata({ orientation: 6 }).jpeg({ chromaSubsampling: '4:4:4' })],
];

describe('a JPEG that is cut', () => {
  it.each(jpegs)('%s, is not whole, whatever stands at its end', async (_name, make) => {
    const whole = await make().toBuffer();
    const data = whole.indexOf(Buffer.of(0xff, 0xda)) + 14;
    const end = whole.length - 2;
    const last = Array.from({ length: 6 }, (_, i) => end - 1 - i);
    const cuts = [...Array.from({ length: 8 }, (_, i) => data + Math.floor(((end - data) * i) / 8)), ...last];
    for (const cut of cuts) {
      const kept = whole.subarray(0, cut);
      const tails = [Buffer.alloc(0), eoi, Buffer.concat([eoi, whole]), whole, Buffer.alloc(end - cut, 255)];
      // A few zeros at the end of data are nothing to see.
      if (end - cut > 40) tails.push(Buffer.alloc(end - cut), Buffer.concat([Buffer.alloc(end - cut), eoi]));
      for (const tail of tails) {
        const result = await outcome(Buffer.concat([kept, tail]));
        expect(result, `${end - cut} bytes less and ${tail.length} more`).toBe('image_unreadable');
      }
    }
  });

  it.each(jpegs)('%s, is parsed if only its end marker is missing', async (_name, make) => {
    const whole = await make().toBuffer();
    const pixels = await decode(whole);
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, -2)]) {
      expect((await decode(bytes)).equals(pixels)).toBe(true);
    }
    const asIs = await sharp(whole, { autoOrient: true }).toColourspace('srgb').raw().toBuffer();
    expect(pixels.equals(asIs)).toBe(true);
  });

  it('between two of its scans is not whole', async () => {
    const whole = await texture(width, 40).jpeg({ progressive: true }).toBuffer();
    let [cuts, at] = [0, whole.indexOf(Buffer.of(0xff, 0xda))];
    for (; at !== -1; at = whole.indexOf(Buffer.of(0xff, 0xda), at + 1)) {
      expect(await outcome(Buffer.concat([whole.subarray(0, at), eoi]))).toBe('image_unreadable');
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(5);
  });
});

describe('a photo that is cut', () => {
  it('a PNG, is not whole even with an end chunk, but does not need one', async () => {
    const whole = await texture(width, 40).png().toBuffer();
    const end = pngChunk('IEND', Buffer.alloc(0));
    for (let cut = 60; cut < whole.length - end.length; cut += 501) {
      expect(await outcome(Buffer.concat([whole.subarray(0, cut), end]))).toBe('image_unreadable');
    }
    expect(await outcome(whole.subarray(0, -end.length))).toBe('decoded');
  });

  it.each([true, false])('a WebP (lossless: %s), is not whole, whatever stands at its end', async (lossless) => {
    const whole = await texture(width, 65).webp({ lossless }).toBuffer();
    for (let cut = 60; cut < whole.length - 60; cut += Math.ceil(whole.length / 12)) {
      const kept = whole.subarray(0, cut);
      const patched = Buffer.from(kept);
      patched.writeUInt32LE(cut - 8, 4);
      const [missing, zeros] = [whole.length - cut, Buffer.alloc(whole.length - cut)];
      const everywhere = Buffer.from(patched);
      everywhere.writeUInt32LE(cut - 20, 16);
      const variants = [kept, patched, everywhere, Buffer.concat([kept, zeros])];
      for (const bytes of [...variants, Buffer.concat([kept, Buffer.alloc(missing, 255)])]) {
        expect(await outcome(bytes)).toBe('image_unreadable');
      }
    }
  });

  it('an AVIF, is not whole, whatever stands at its end', async () => {
    const whole = await texture(width, 65).avif().toBuffer();
    for (let cut = 60; cut < whole.length - 60; cut += Math.ceil(whole.length / 12)) {
      const kept = whole.subarray(0, cut);
      for (const fill of [0, 255]) {
        expect(await outcome(Buffer.concat([kept, Buffer.alloc(whole.length - cut, fill)]))).toBe('image_unreadable');
      }
      expect(await outcome(kept)).toBe('image_unreadable');
    }
  });
});

describe('a photo that is whole, however odd', () => {
  const folder = join(import.meta.dirname, '../../testing/image');
  it.each(['ultrahdr.jpg', 'mpo.jpg', 'png_bad_iccp.png'])('%s is decoded', async (name) => {
    expect(await outcome(await readFile(join(folder, name)))).toBe('decoded');
  });

  it.each([false, true])(
    'a JPEG with stray bytes between its segments is decoded (progressive: %s)',
    async (progressive) => {
      const whole = await texture(width, 40).jpeg({ progressive }).toBuffer();
      const before = whole.indexOf(Buffer.of(0xff, 0xda));
      const later = Buffer.concat([whole.subarray(0, before), Buffer.of(7), whole.subarray(before)]);
      const atEnd = Buffer.concat([whole.subarray(0, -2), Buffer.of(0x55), eoi, Buffer.alloc(5_000)]);
      for (const bytes of [later, atEnd]) expect((await decode(bytes)).equals(await decode(whole))).toBe(true);
    },
  );

  it.each(['#000', '#fff', '#b48c78'])('a picture that is all %s is decoded', async (background) => {
    const flat = sharp({ create: { width: 640, height: 480, channels: 3, background } });
    const files = [
      flat.clone().jpeg(),
      flat.clone().jpeg({ progressive: true }),
      flat.clone().jpeg({ optimizeCoding: false }),
      flat.clone().webp(),
      flat.clone().webp({ quality: 100, effort: 0 }),
      flat.clone().webp({ lossless: true }),
      flat.clone().avif(),
    ];
    for (const file of files) expect(await outcome(await file.toBuffer())).toBe('decoded');
  });
});

it('decoding that takes too long is a timeout, and final', async () => {
  const large = await sharp({ create: { width: 6_000, height: 6_000, channels: 3, background: '#468' } })
    .jpeg({ progressive: true })
    .toBuffer();
  const limits = { maxBytes: large.length, maxPixels: 36_000_000, maxSidePx: 6_000 };
  const photo = await openPhoto(large, limits);
  await expect(photo.resized(10, 10)).resolves.toMatchObject({ width: 10 });
  const late = openPhoto(large, { ...limits, decodeTimeoutMs: 1 }).then((hasty) => hasty.rgb());
  await expect(late).rejects.toMatchObject({ code: 'timeout', retryable: false });
});

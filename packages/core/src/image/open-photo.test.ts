import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { openPhoto } from './open-photo.ts';
import { defaultPhotoLimits } from './photo-limits.ts';

const color = { r: 180, g: 140, b: 120 };
const plain = (width = 24, height = 16): Sharp => sharp({ create: { width, height, channels: 3, background: color } });

const gray = (): Sharp =>
  sharp(Buffer.alloc(24 * 16, 100), { raw: { width: 24, height: 16, channels: 1 } }).toColourspace('b-w');

/** Left half red, right half blue: shows how a picture is rotated. */
function redThenBlue(): Sharp {
  const blue = {
    input: { create: { width: 12, height: 16, channels: 3 as const, background: '#00f' } },
    left: 12,
    top: 0,
  };
  return sharp({ create: { width: 24, height: 16, channels: 3, background: '#f00' } }).composite([blue]);
}

async function pixelAt(bytes: Uint8Array, x: number, y: number): Promise<number[]> {
  const { data, width, height } = await (await openPhoto(bytes)).rgb();
  expect(data.length).toBe(width * height * 3);
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

/** Lossy formats and color conversions are off by a few levels. */
function expectNear(actual: readonly number[], expected: readonly number[], levels: number): void {
  expect(actual).toHaveLength(expected.length);
  expect(Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? NaN))))).toBeLessThanOrEqual(levels);
}

describe('openPhoto', () => {
  it('does not take a blocked thread for a slow decoder', async () => {
    const limits = { ...defaultPhotoLimits, decodeTimeoutMs: 100 };
    const photo = await openPhoto(await plain().jpeg().toBuffer(), limits);
    const pixels = photo.rgb();
    const blockedUntil = performance.now() + 300;
    while (performance.now() < blockedUntil);
    await expect(pixels).resolves.toHaveProperty('width', 24);
  });

  const formats = ['jpeg', 'png', 'webp', 'avif'] as const;
  it.each(formats)('opens %s', async (format) => {
    const photo = await openPhoto(await plain().toFormat(format, { quality: 100 }).toBuffer());
    expect(photo).toMatchObject({ width: 24, height: 16, format });
    const { data } = await photo.rgb();
    expectNear([...data.subarray(0, 3)], [180, 140, 120], 3);
  });

  it('rotates a photo upright by its EXIF orientation', async () => {
    // Orientation 6: rotate clockwise to display. The left edge becomes the top.
    const bytes = await redThenBlue().withMetadata({ orientation: 6 }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer();
    expect(await openPhoto(bytes)).toMatchObject({ width: 16, height: 24 });
    expectNear(await pixelAt(bytes, 8, 2), [255, 0, 0], 3);
    expectNear(await pixelAt(bytes, 8, 21), [0, 0, 255], 3);
    const small = await (await openPhoto(bytes)).resized(2, 4);
    expect(small).toMatchObject({ width: 2, height: 4 });
    expectNear([...small.data.subarray(0, 3)], [255, 0, 0], 3);
  });

  it('converts Display P3 to sRGB, at 8 and at 16 bits', async () => {
    const p3 = plain().withIccProfile('p3');
    expectNear(await pixelAt(await p3.clone().png().toBuffer(), 0, 0), [180, 140, 120], 1);
    expectNear(await pixelAt(await p3.clone().toColourspace('rgb16').png().toBuffer(), 0, 0), [180, 140, 120], 1);
  });

  it('leaves the levels as they are stored if the profile is to be ignored', async () => {
    const photo = await openPhoto(await plain().withIccProfile('p3').png().toBuffer());
    const { data } = await photo.rgb({ ignoreProfile: true });
    const stored = [...data.subarray(0, 3)];
    // The same color has other levels in Display P3: red is less saturated there.
    expect(Math.abs((stored[0] ?? 0) - 180)).toBeGreaterThan(2);
    expect([...(await photo.resized(1, 1, { ignoreProfile: true })).data]).toEqual(stored);
    expectNear([...(await photo.rgb()).data.subarray(0, 3)], [180, 140, 120], 1);
  });

  const skin = [180, 140, 120];
  const overWhite = [218, 198, 188];
  const odd: [string, () => Promise<Buffer>, number[], number][] = [
    ['CMYK', () => plain().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), skin, 8],
    ['16-bit', () => plain().toColourspace('rgb16').png().toBuffer(), skin, 1],
    ['gray', () => gray().jpeg({ quality: 100 }).toBuffer(), [100, 100, 100], 1],
    ['16-bit gray', () => gray().toColourspace('grey16').png().toBuffer(), [100, 100, 100], 1],
    ['progressive', () => plain().jpeg({ progressive: true, quality: 100 }).toBuffer(), skin, 2],
    ['palette', () => plain().png({ palette: true }).toBuffer(), skin, 1],
    ['half transparent', () => plain().ensureAlpha(0.5).png().toBuffer(), overWhite, 1],
    ['half transparent gray', () => gray().ensureAlpha(0.5).png().toBuffer(), [178, 178, 178], 1],
    ['half transparent WebP', () => plain().ensureAlpha(0.5).webp({ lossless: true }).toBuffer(), overWhite, 1],
    ['1x1', () => plain(1, 1).png().toBuffer(), skin, 0],
    ['1x10000', () => plain(1, 10_000).png().toBuffer(), skin, 0],
    ['10000x1', () => plain(10_000, 1).jpeg({ quality: 100 }).toBuffer(), skin, 2],
  ];
  it.each(odd)('decodes a photo that is %s', async (_name, make, expected, levels) => {
    expectNear(await pixelAt(await make(), 0, 0), expected, levels);
  });

  it('uses the first frame of an animation', async () => {
    const frames = Buffer.concat([Buffer.alloc(300, Buffer.of(255, 0, 0)), Buffer.alloc(300, Buffer.of(0, 0, 255))]);
    const raw = { width: 10, height: 20, channels: 3 as const, pageHeight: 10 };
    const bytes = await sharp(frames, { raw })
      .webp({ lossless: true, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(bytes, { animated: true }).metadata()).pages).toBe(2);
    expect(await openPhoto(bytes)).toMatchObject({ width: 10, height: 10 });
    expect(await pixelAt(bytes, 0, 9)).toEqual([255, 0, 0]);
  });
});

describe('what openPhoto refuses', () => {
  const svg = '<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>';
  const box = (brands: string): Buffer =>
    Buffer.concat([Buffer.of(0, 0, 0, 8 + brands.length), Buffer.from(`ftyp${brands}`)]);
  const refused: [string, () => Promise<Uint8Array>, string, string][] = [
    ['GIF', () => plain().gif().toBuffer(), 'unsupported_format', 'GIF'],
    ['TIFF', () => plain().tiff().toBuffer(), 'unsupported_format', 'TIFF'],
    ['SVG', async () => Buffer.from(svg), 'unsupported_format', 'SVG'],
    ['PDF', async () => Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), 'unsupported_format', 'PDF'],
    ['HEIC', async () => box('heic\0\0\0\0mif1heic'), 'unsupported_format', 'HEIC'],
    ['a video', async () => box('isom\0\0\x02\0isomavc1'), 'unsupported_format', 'Video'],
    ['text', async () => Buffer.from('hello, this is not an image'), 'image_unreadable', 'not an image'],
    [
      'an HTML page',
      async () => Buffer.from('<!DOCTYPE html><html><svg></svg></html>'),
      'image_unreadable',
      'not an image',
    ],
    ['zero bytes', async () => new Uint8Array(0), 'image_unreadable', 'zero bytes'],
    ['one byte', async () => Uint8Array.of(0xff), 'image_unreadable', 'not an image'],
    ['a bare PNG header', async () => (await plain().png().toBuffer()).subarray(0, 12), 'image_unreadable', 'damaged'],
    ['a bare AVIF header', async () => box('avif\0\0\0\0avifmif1'), 'image_unreadable', 'damaged'],
  ];
  it.each(refused)('%s', async (_name, make, code, message) => {
    const error: unknown = await openPhoto(await make()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, retryable: false });
    expect(String(error)).toContain(message);
  });

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('a truncated %s', async (format) => {
    const noise = sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: color,
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    });
    const bytes = await noise.toFormat(format).toBuffer();
    const cut = bytes.subarray(0, Math.floor(bytes.length * 0.6));
    const decoded = openPhoto(cut).then((photo) => photo.rgb());
    await expect(decoded).rejects.toMatchObject({ code: 'image_unreadable' });
  });

  it('a PNG bomb, by its header alone', async () => {
    // 20,000 x 20,000 pixels of one bit in about 50 KB.
    const bomb = png(20_000, 20_000, deflateSync(Buffer.alloc(20_000 * 2_501)));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(openPhoto(bomb)).rejects.toMatchObject({ code: 'image_too_large' });
    // The same without any pixels: it cannot have read them.
    await expect(openPhoto(png(20_000, 20_000, Buffer.alloc(0)))).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it.each([65_535, 65_528, 65_527, 65_500])('a JPEG of %i rows, by its header alone', async (rows) => {
    const bytes = await plain().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer();
    bytes.writeUInt16BE(rows, bytes.indexOf(Buffer.of(0xff, 0xc0)) + 5);
    const error: unknown = await openPhoto(bytes).catch((thrown: unknown) => thrown);
    // Beyond 65,500 rows, the decoder itself has a word to say.
    expect(['image_too_large', 'image_unreadable']).toContain((error as { code: string }).code);
  });

  it('an AVIF with more pixels than its decoder has memory for, by its header alone', async () => {
    const size = { width: 6_000, height: 4_200, channels: 3 as const, background: color };
    const bytes = await sharp({ create: size }).avif({ effort: 0, quality: 1 }).toBuffer();
    await expect(openPhoto(bytes)).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('more bytes, pixels or pixels per side than allowed', async () => {
    const bytes = await plain(40, 30).png().toBuffer();
    const withLimit = (limit: object): Promise<unknown> => openPhoto(bytes, { ...defaultPhotoLimits, ...limit });
    const within = { maxBytes: bytes.length, maxPixels: 1200, maxSidePx: 40 };
    await expect(withLimit(within)).resolves.toBeDefined();
    for (const limit of ['maxBytes', 'maxPixels', 'maxSidePx'] as const) {
      const tooLow = { ...within, [limit]: within[limit] - 1 };
      await expect(withLimit(tooLow)).rejects.toMatchObject({ code: 'image_too_large' });
    }
  });
});

/** A PNG of one bit per pixel with this size in its header, whatever its data says. */
function png(width: number, height: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

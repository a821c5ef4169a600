import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const faceApi = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));

/** The sample photos that `@vladmandic/face-api` ships, how many faces can be seen on each, and a square around one. */
export const samplePhotos = [
  { name: 'sample1.jpg', people: 3, head: { left: 280, top: 270, width: 460, height: 460 } },
  { name: 'sample2.jpg', people: 3, head: { left: 1320, top: 60, width: 470, height: 470 } },
  { name: 'sample3.jpg', people: 3, head: { left: 450, top: 240, width: 480, height: 480 } },
  { name: 'sample4.jpg', people: 4, head: { left: 560, top: 0, width: 400, height: 400 } },
  { name: 'sample5.jpg', people: 5, head: { left: 1270, top: 290, width: 500, height: 500 } },
  { name: 'sample6.jpg', people: 4, head: { left: 990, top: 190, width: 550, height: 550 } },
];

export function readSample(name: string): Promise<Buffer> {
  return readFile(join(faceApi, 'demo', name));
}

const headPx = 320;

/**
 * A JPEG of one head from each of these samples, side by side. For tests that do not depend on what is found: a head is
 * parsed in a fifth of the time of a whole sample.
 */
export async function photoOfHeads(...names: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const heads = names.map(async (name, index) => {
    const head = samplePhotos.find((sample) => sample.name === name)?.head;
    if (head === undefined) throw new Error(`There is no sample ${name}.`);
    const input = await sharp(await readSample(name))
      .extract(head)
      .resize(headPx, headPx)
      .png()
      .toBuffer();
    return { input, left: index * headPx, top: 0 };
  });
  const canvas = { width: names.length * headPx, height: headPx, channels: 3, background: '#888' } as const;
  const photo = sharp({ create: canvas }).composite(await Promise.all(heads));
  return new Uint8Array(await photo.jpeg({ quality: 95 }).toBuffer());
}

/** The quickest one to parse. */
export function photoOfOne(): Promise<Uint8Array<ArrayBuffer>> {
  return photoOfHeads('sample6.jpg');
}

export function photoOfTwo(): Promise<Uint8Array<ArrayBuffer>> {
  return photoOfHeads('sample3.jpg', 'sample6.jpg');
}

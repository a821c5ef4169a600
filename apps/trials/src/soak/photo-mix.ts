/** The photos of a soak: many sizes and formats, mostly small, now and then a large one, and some that are broken. */
import { createBenchPhotos } from '@m2fp/bench/network';
import { samplePhotos } from '@m2fp/dev-services';
import sharp, { type Sharp } from 'sharp';

export interface MixedPhoto {
  readonly name: string;
  readonly blob: Blob;
}

export interface PhotoMix {
  /** The photo with this number; the same number is always the same photo. */
  pick(number: number): MixedPhoto;
  /** Its first bytes are right, so that it is accepted, and fails when it is decoded. */
  readonly truncated: MixedPhoto;
  /** Refused before anything is stored. */
  readonly notAPhoto: MixedPhoto;
}

const formats = {
  jpg: { type: 'image/jpeg', encode: (image: Sharp) => image.jpeg({ quality: 88 }) },
  progressive: { type: 'image/jpeg', encode: (image: Sharp) => image.jpeg({ progressive: true, quality: 80 }) },
  png: { type: 'image/png', encode: (image: Sharp) => image.png({ compressionLevel: 4 }) },
  webp: { type: 'image/webp', encode: (image: Sharp) => image.webp({ quality: 80 }) },
  avif: { type: 'image/avif', encode: (image: Sharp) => image.avif({ quality: 50, effort: 0 }) },
} as const;

type Format = keyof typeof formats;

/** Upright, wide, square, tiny: width, height, format. */
const smallSizes: readonly (readonly [number, number, Format])[] = [
  [320, 240, 'jpg'],
  [240, 360, 'png'],
  [480, 270, 'webp'],
  [256, 256, 'progressive'],
  [640, 360, 'jpg'],
  [300, 400, 'avif'],
  [97, 131, 'png'],
];
/** From a phone or a camera, rarely. */
const largeSizes: readonly (readonly [number, number, Format])[] = [
  [1920, 1080, 'jpg'],
  [1440, 2560, 'progressive'],
  [4000, 3000, 'jpg'],
];
/** One photo of so many is a large one. */
const largeEach = 60;

export async function createPhotoMix(): Promise<PhotoMix> {
  const people = await Promise.all(samplePhotos().map(({ path }, i) => firstPerson(path, i)));
  const small = await Promise.all(smallSizes.map(texture));
  const large = await Promise.all(largeSizes.map(texture));
  const usual = small.flatMap((photo, i) => [photo, people[i % people.length] ?? photo]);
  const [first] = people;
  if (first === undefined) throw new Error('There are no sample photos.');
  return {
    pick(number) {
      const isLarge = number % largeEach === largeEach - 1;
      const from = isLarge ? large : usual;
      const photo = from[(isLarge ? Math.floor(number / largeEach) : number) % from.length];
      return photo ?? first;
    },
    truncated: { name: 'truncated.jpg', blob: first.blob.slice(0, Math.floor(first.blob.size / 2), 'image/jpeg') },
    notAPhoto: { name: 'notes.jpg', blob: new Blob(['No photo at all.\n'.repeat(200)], { type: 'image/jpeg' }) },
  };
}

async function texture([width, height, format]: (typeof smallSizes)[number]): Promise<MixedPhoto> {
  const [photo] = await createBenchPhotos([{ width, height }]);
  return encode(sharp(photo?.bytes), format, `texture-${width}x${height}`);
}

/** The left part of a group photo, which has a person or two in it. */
async function firstPerson(path: string, number: number): Promise<MixedPhoto> {
  const { width, height } = await sharp(path).metadata();
  const image = sharp(path)
    .extract({ left: 0, top: 0, width: Math.floor(width / 3), height })
    .resize({ height: 360 + 20 * number });
  const names = Object.keys(formats) as Format[];
  return encode(image, names[number % names.length] ?? 'jpg', `person-${number}`);
}

async function encode(image: Sharp, format: Format, name: string): Promise<MixedPhoto> {
  const { type, encode: to } = formats[format];
  const bytes = new Uint8Array(await to(image).toBuffer());
  return { name: `${name}.${format === 'progressive' ? 'jpg' : format}`, blob: new Blob([bytes], { type }) };
}

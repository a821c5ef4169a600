import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AppError, detectFormat, type PhotoFormat } from '@m2fp/contract';
import { samplePhotos } from '@m2fp/dev-services';
import sharp, { type Sharp } from 'sharp';

/** A photo that is parsed as it is; mutations begin with it. */
export interface SeedPhoto {
  readonly name: string;
  readonly format: PhotoFormat;
  /** Ours are accepted as they are; of what is in a folder, nothing is known. */
  readonly isAccepted: boolean;
  readonly bytes: Buffer;
}

/** Large enough for every feature of the formats; small enough for hundreds per second. */
const sidePx = 96;

/**
 * Photos of all four formats in their variants, from two of the sample photos, and the files of `corpusDir`. Throws if
 * a file there is not a photo by its first bytes.
 */
export async function createSeedPhotos(corpusDir?: string): Promise<SeedPhoto[]> {
  const [first, second] = samplePhotos();
  const small = await sharp(first?.path).resize(sidePx, 64, { fit: 'fill' }).png().toBuffer();
  const larger = await sharp(second?.path).resize(320, 240, { fit: 'fill' }).png().toBuffer();
  const made = [...variants(() => sharp(small)), ['larger JPEG', sharp(larger).jpeg()] as const];
  const seeds = await Promise.all(
    made.map(async ([name, photo]) => {
      const bytes = await photo.toBuffer();
      return { name, bytes, format: detectFormat(bytes), isAccepted: true };
    }),
  );
  return [...seeds, ...(corpusDir === undefined ? [] : await readCorpus(corpusDir))];
}

function variants(photo: () => Sharp): (readonly [name: string, photo: Sharp])[] {
  const exif = { exif: { IFD0: { Copyright: 'no one', ImageDescription: 'a seed' } } };
  return [
    ['JPEG', photo().jpeg()],
    ['JPEG 4:4:4', photo().jpeg({ chromaSubsampling: '4:4:4', quality: 100 })],
    ['progressive JPEG', photo().jpeg({ progressive: true })],
    ['gray JPEG', photo().toColourspace('b-w').jpeg()],
    ['CMYK JPEG', photo().toColourspace('cmyk').jpeg()],
    [
      'JPEG with metadata',
      photo()
        .withMetadata({ orientation: 6, ...exif })
        .withIccProfile('p3')
        .jpeg(),
    ],
    ['PNG', photo().png()],
    ['palette PNG', photo().png({ palette: true })],
    ['interlaced PNG', photo().png({ progressive: true })],
    ['16-bit PNG with a profile', photo().withIccProfile('p3').toColourspace('rgb16').png()],
    ['PNG with alpha and Exif', photo().ensureAlpha(0.5).withMetadata(exif).png()],
    ['WebP', photo().webp()],
    ['lossless WebP', photo().webp({ lossless: true })],
    ['WebP with alpha and metadata', photo().ensureAlpha(0.5).withMetadata(exif).withIccProfile('p3').webp()],
    ['animated WebP', animation()],
    ['AVIF', photo().avif()],
    ['AVIF with alpha and a profile', photo().ensureAlpha(0.5).withIccProfile('p3').avif({ effort: 0 })],
  ];
}

function animation(): Sharp {
  const frames = Buffer.alloc(32 * 96 * 3, 90);
  return sharp(frames, { raw: { width: 32, height: 96, channels: 3, pageHeight: 32 } }).webp({ delay: [50, 50, 50] });
}

async function readCorpus(dir: string): Promise<SeedPhoto[]> {
  const names = (await readdir(dir)).filter((name) => /^\.(jpe?g|png|webp|avif)$/.test(extname(name))).sort();
  const photos = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(dir, name)) })));
  return photos.flatMap(({ name, bytes }) => {
    try {
      return [{ name, bytes, format: detectFormat(bytes), isAccepted: false }];
    } catch (error) {
      // What is refused by its first bytes has no pieces to change.
      if (error instanceof AppError) return [];
      throw error;
    }
  });
}

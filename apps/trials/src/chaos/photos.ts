/** Photos and options of a run, and what an undisturbed service makes of each pair of them. */
import { createHash } from 'node:crypto';
import type { Random } from '@m2fp/bench';
import type { CreateOptions } from '@m2fp/client';
import { samplePhotos } from '@m2fp/dev-services';
import type { ObjectStorage } from '@m2fp/storage';
import sharp from 'sharp';
import type { Owner } from './service.ts';

export interface Photo {
  /** What it is called everywhere: `masks.json` has it. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A photo and how it is parsed. */
export interface Pair {
  readonly photo: Photo;
  /** Index in `optionSets`. */
  readonly options: number;
}

/** By a file's name, such as `masks.json`: SHA-256 of its bytes. */
export type ResultHashes = ReadonlyMap<string, string>;

/** Small, so that there are many photos a second: with and without masks, and what is made only on request. */
export const optionSets: readonly NonNullable<CreateOptions['options']>[] = [
  { short_side: 64, outputs: ['masks', 'colormap', 'instances'] },
  { short_side: 96, outputs: ['masks', 'overlay', 'cutout'] },
  { short_side: 64, outputs: ['colormap', 'instances'], palette: 'voc' },
];

/** px */
const photoSize = { width: 160, height: 120 };
/** Crops beside each other. */
const columns = 3;
/** As many as there are crops of the sample photos. */
const mostPhotos = 18;

/** Crops of the sample photos, by name. */
export async function makePhotos(count: number): Promise<Photo[]> {
  const samples = samplePhotos();
  const made = Array.from({ length: Math.min(count, mostPhotos) }, async (_, number) => {
    const sample = Math.floor(number / columns);
    const whole = await sharp(samples[sample]?.path)
      .resize(columns * photoSize.width)
      .toBuffer();
    const region = { left: (number % columns) * photoSize.width, top: 40, ...photoSize };
    const bytes = await sharp(whole).extract(region).jpeg().toBuffer();
    return { name: `photo-${sample}-${number % columns}.jpg`, bytes: new Uint8Array(bytes) };
  });
  return Promise.all(made);
}

/** S3 gets what is larger than 5 MiB in parts. */
const paddingBytes = 6 * 2 ** 20;

/** The same photo with so much after its end that it takes several parts: it looks the same. */
export function padded({ bytes }: Photo): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.byteLength + paddingBytes);
  larger.set(bytes);
  return larger;
}

/** What the names of all photos of one sample begin with, and no others. */
export function photoGroup({ name }: Photo): string {
  return name.slice(0, name.lastIndexOf('-') + 1);
}

export function pickPair(photos: readonly Photo[], random: Random): Pair {
  return { photo: random.pick(photos), options: random.below(optionSets.length) };
}

export function inputPrefix(owner: string): string {
  return `inputs/${owner}/`;
}

/** Puts all photos where the owner's jobs may read them. */
export async function storeInputs(
  owner: string,
  photos: readonly Photo[],
  storage: ObjectStorage,
  signal: AbortSignal,
): Promise<void> {
  for (const { name, bytes } of photos) {
    await storage.put(`${inputPrefix(owner)}${name}`, bytes, { contentType: 'image/jpeg', signal });
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What every other run of a pair has to equal. */
export class Reference {
  readonly #hashes = new Map<string, ResultHashes>();

  /** Has the service parse each pair once. Throws if one of them does not succeed. */
  async measure(owner: Owner, photos: readonly Photo[], storage: ObjectStorage, signal: AbortSignal): Promise<void> {
    const pairs = photos.flatMap((photo) => optionSets.map((_, options) => ({ photo, options })));
    const measureOne = async (pair: Pair): Promise<void> => {
      const input = { key: `${inputPrefix(owner.name)}${pair.photo.name}` };
      const { job } = await owner.client.parse(input, { options: optionSets[pair.options] ?? {}, signal });
      const hashes = job.result.files.map(async ({ key }) => {
        const bytes = await storage.get(key, { maxBytes: 2 ** 26, signal });
        return [key.slice(job.output.prefix.length), sha256(bytes)] as const;
      });
      this.#hashes.set(nameOf(pair), new Map(await Promise.all(hashes)));
    };
    const waiting = [...pairs];
    const measureSome = async (): Promise<void> => {
      for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) await measureOne(pair);
    };
    await Promise.all(Array.from({ length: 8 }, measureSome));
  }

  of(pair: Pair): ResultHashes {
    return this.#hashes.get(nameOf(pair)) ?? new Map();
  }
}

function nameOf({ photo, options }: Pair): string {
  return `${photo.name} ${options}`;
}

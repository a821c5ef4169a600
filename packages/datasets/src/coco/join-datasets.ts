/**
 * Many photos' `masks.json` as one COCO data set, written as it is read: annotations go out photo by photo, and only
 * the entries of `images` stay in memory until the end, packed. 100,000 photos take some 10 MB.
 *
 * A photo's id comes from its name, so it is the same in every set, unless another photo of the set has it already.
 * There is no time or path in the text: the same photos in the same order give the same bytes.
 */
import { bounds, imageIdOf, nextImageId } from '@m2fp/contract';
import { JoinedCoco, type JoinSummary } from '@m2fp/contract/joined-coco';
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readPhotoDataset } from './photo-dataset.ts';

export type { JoinSummary };

export interface PhotoOfSet {
  /** In the data set: relative to the folder of its photos, with `/`. */
  readonly name: string;
  /**
   * Reads its `masks.json`: undefined if there is none that can be read, `too large` for more than `maxBytes`. May be
   * called again then, with more. What it throws ends the joining.
   */
  readonly read: (maxBytes: number) => Promise<Uint8Array | 'too large' | undefined>;
}

export interface JoinOptions {
  /** Photos that are read at once; 1 by default. */
  readonly readsAtOnce?: number;
}

export interface JoinedDataset {
  /** The text of `annotations.json`, UTF-8. To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** So far; of the whole set once all chunks have been read. */
  summary(): JoinSummary;
}

/** What is read ahead is no larger; the others are read in their turn, one at a time. */
const readAheadBytes = 2 ** 20;
const chunkBytes = 2 ** 16;

/** Joins photos in the order in which they come. */
export function joinDatasets(photos: AsyncIterable<PhotoOfSet>, options: JoinOptions = {}): JoinedDataset {
  const parts = { ids: new ImageIds(), images: new PackedLines(), mostCategories: bounds.datasetCategories.max };
  const set = new JoinedCoco(parts);
  const chunks = inChunks(textOf(set, readInOrder(photos, options.readsAtOnce ?? 1)));
  return { chunks, summary: () => set.summary() };
}

async function* textOf(set: JoinedCoco, photos: AsyncIterable<ReadPhoto>): AsyncGenerator<string, void> {
  yield set.start;
  for await (const { photo, bytes } of photos) {
    const found = bytes === 'too large' ? await photo.read(bounds.datasetBytes.max) : bytes;
    yield* set.add(photo.name, found instanceof Uint8Array ? readPhotoDataset(found) : undefined);
  }
  yield* set.end();
}

interface ReadPhoto {
  readonly photo: PhotoOfSet;
  readonly bytes: Awaited<ReturnType<PhotoOfSet['read']>>;
}

async function* readInOrder(photos: AsyncIterable<PhotoOfSet>, atOnce: number): AsyncGenerator<ReadPhoto, void> {
  const reading: Promise<ReadPhoto>[] = [];
  try {
    for await (const photo of photos) {
      const read = photo.read(readAheadBytes).then((bytes) => ({ photo, bytes }));
      // Its turn comes later; until then nobody else looks at its failure.
      read.catch(() => undefined);
      reading.push(read);
      const next = reading.length >= atOnce ? reading.shift() : undefined;
      if (next !== undefined) yield await next;
    }
    for (let next = reading.shift(); next !== undefined; next = reading.shift()) yield await next;
  } finally {
    await Promise.allSettled(reading);
  }
}

/** The ids that are taken, each with another hash of its photo's name, which tells a repeated name from a collision. */
class ImageIds {
  readonly #taken = new Map<number, number>();

  /** Undefined if a photo of that name has one already. */
  take(name: string): number | undefined {
    const hash = createHash('sha256').update(`${name} `).digest().readInt32BE();
    let id = imageIdOf(name);
    for (let other = this.#taken.get(id); other !== undefined; other = this.#taken.get(id)) {
      if (other === hash) return undefined;
      id = nextImageId(id);
    }
    this.#taken.set(id, hash);
    return id;
  }
}

/** Entries of an array, compressed: names of photos are alike. */
class PackedLines {
  readonly #blocks: Buffer[] = [];
  #open: string[] = [];
  #openLength = 0;

  add(line: string): void {
    this.#open.push(line);
    this.#openLength += line.length;
    if (this.#openLength < chunkBytes) return;
    this.#blocks.push(deflateRawSync(this.#open.join('')));
    [this.#open, this.#openLength] = [[], 0];
  }

  *texts(): Generator<string, void> {
    for (const block of this.#blocks) yield inflateRawSync(block).toString();
    yield this.#open.join('');
  }
}

async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void> {
  let open: string[] = [];
  let length = 0;
  for await (const text of texts) {
    open.push(text);
    length += text.length;
    if (length < chunkBytes) continue;
    yield Buffer.from(open.join(''));
    [open, length] = [[], 0];
  }
  if (length > 0) yield Buffer.from(open.join(''));
}

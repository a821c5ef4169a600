/**
 * Many photos' `masks.json` as one COCO data set, written as it is read: annotations go out photo by photo, and only
 * the entries of `images` stay in memory until the end, packed. 100,000 photos take some 10 MB.
 *
 * A photo's id comes from its name, so it is the same in every set, unless another photo of the set has it already.
 * There is no time or path in the text: the same photos in the same order give the same bytes.
 */
import { annotationIdOf, bounds, imageIdOf, nextImageId, type CocoCategory, type CocoImage } from '@m2fp/contract';
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readPhotoDataset, type PhotoDataset } from './photo-dataset.ts';

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

export interface JoinSummary {
  readonly images: number;
  readonly annotations: number;
  /** Photos whose `masks.json` is missing, broken, too large, or has classes that others call differently. */
  readonly leftOut: number;
  /** Photos whose name was in the set before: they are in it once. */
  readonly repeated: number;
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
/** Ways of parsing that `info` lists. */
const mostParsings = 16;

/** Joins photos in the order in which they come. */
export function joinDatasets(photos: AsyncIterable<PhotoOfSet>, options: JoinOptions = {}): JoinedDataset {
  const set = new JoinedSet();
  const chunks = inChunks(textOf(set, readInOrder(photos, options.readsAtOnce ?? 1)));
  return { chunks, summary: () => set.summary() };
}

async function* textOf(set: JoinedSet, photos: AsyncIterable<ReadPhoto>): AsyncGenerator<string, void> {
  yield '{"licenses":[],"annotations":[';
  for await (const { photo, bytes } of photos) {
    const found = bytes === 'too large' ? await photo.read(bounds.datasetBytes.max) : bytes;
    yield* set.add(photo.name, found instanceof Uint8Array ? readPhotoDataset(found) : undefined);
  }
  yield '\n],"images":[';
  yield* set.images.texts();
  yield `\n],"categories":${JSON.stringify(set.categories())},"info":${JSON.stringify(set.info())}}\n`;
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

/** What is known of the set so far. */
class JoinedSet {
  readonly images = new PackedLines();
  readonly #ids = new ImageIds();
  readonly #categories = new Map<number, CocoCategory>();
  readonly #parsings: unknown[] = [];
  #images = 0;
  #annotations = 0;
  #leftOut = 0;
  #repeated = 0;

  /** The text of its annotations, one by one. */
  *add(name: string, dataset: PhotoDataset | undefined): Generator<string, void> {
    if (dataset === undefined || !this.#takeCategories(dataset.categories)) {
      this.#leftOut += 1;
      return;
    }
    const id = this.#ids.take(name);
    if (id === undefined) {
      this.#repeated += 1;
      return;
    }
    const { width, height, annotations, parsing } = dataset;
    this.#takeParsing(parsing);
    this.images.add(JSON.stringify({ id, file_name: name, width, height } satisfies CocoImage));
    this.#images += 1;
    for (const [place, annotation] of annotations.entries()) {
      yield separated(
        JSON.stringify({ id: annotationIdOf(id, place), image_id: id, ...annotation }),
        this.#annotations === 0,
      );
      this.#annotations += 1;
    }
  }

  summary(): JoinSummary {
    return {
      images: this.#images,
      annotations: this.#annotations,
      leftOut: this.#leftOut,
      repeated: this.#repeated,
    };
  }

  categories(): CocoCategory[] {
    return [...this.#categories.values()].sort((a, b) => a.id - b.id);
  }

  info(): Readonly<Record<string, unknown>> {
    return {
      description: `Human parsing of ${this.#images} ${this.#images === 1 ? 'photo' : 'photos'}`,
      version: '1.0',
      parsing: this.#parsings,
      ...{ photos: this.#images, left_out: this.#leftOut, repeated: this.#repeated },
    };
  }

  /** False if some are called differently in the set, or there are too many. */
  #takeCategories(categories: readonly CocoCategory[]): boolean {
    const isNew = ({ id }: CocoCategory): boolean => !this.#categories.has(id);
    const known = categories.filter((category) => !isNew(category));
    if (known.some((category) => !isDeepStrictEqual(category, this.#categories.get(category.id)))) return false;
    if (this.#categories.size + categories.length - known.length > bounds.datasetCategories.max) return false;
    for (const category of categories.filter(isNew)) this.#categories.set(category.id, category);
    return true;
  }

  /** Keeps what is said of the model and the options, once, without what is said of the photo. */
  #takeParsing(parsing: PhotoDataset['parsing']): void {
    if (parsing === undefined || this.#parsings.length >= mostParsings) return;
    const { scale: _scale, people: _people, ...rest } = parsing;
    if (!this.#parsings.some((known) => isDeepStrictEqual(known, rest))) this.#parsings.push(rest);
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
  #isFirst = true;

  add(line: string): void {
    this.#open.push(separated(line, this.#isFirst));
    this.#isFirst = false;
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

function separated(line: string, isFirst: boolean): string {
  return `${isFirst ? '' : ','}\n${line}`;
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

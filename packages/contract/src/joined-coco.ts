/**
 * The text of one COCO data set of many photos, piece by piece: what `m2fp parse DIR`, the dispatcher and the page have
 * to write alike. Runs in browsers, too. There is no time or path in the text: the same photos in the same order give
 * the same bytes.
 */
import { annotationIdOf, type CocoAnnotation, type CocoCategory, type CocoImage } from './coco.ts';

/** A photo's masks, checked. Its ids are those within the file. */
export interface PhotoDataset {
  /** px */
  readonly width: number;
  readonly height: number;
  readonly categories: readonly CocoCategory[];
  readonly annotations: readonly Omit<CocoAnnotation, 'id' | 'image_id'>[];
  /** What made it: model, kind, version, options … as the file says; undefined if it does not. */
  readonly parsing: Readonly<Record<string, unknown>> | undefined;
}

/** An annotation as every data set of ours has it, whatever a file of an earlier version says besides. */
export function plainAnnotation(
  annotation: Pick<CocoAnnotation, 'category_id' | 'score' | 'bbox' | 'area' | 'segmentation' | 'person_id'>,
): PhotoDataset['annotations'][number] {
  const { category_id, score, bbox, area, segmentation, person_id } = annotation;
  return {
    ...{ category_id, score, bbox, area, iscrowd: 0, segmentation, person_id },
    attributes: { person_id, score },
  };
}

export interface JoinSummary {
  readonly images: number;
  readonly annotations: number;
  /** Photos whose `masks.json` is missing, broken, too large, or has classes that others call differently. */
  readonly leftOut: number;
  /** Photos whose name was in the set before: they are in it once. */
  readonly repeated: number;
}

interface SetParts {
  /** Gives each photo its id; undefined if a photo of that name has one already. */
  readonly ids: { take(name: string): number | undefined };
  /** Keeps the entries of `images` until the end. */
  readonly images: { add(line: string): void; texts(): Iterable<string> };
  readonly mostCategories: number;
}

/** Ways of parsing that `info` lists. */
const mostParsings = 16;

/** What is known of the set so far. Its text is `start`, what `add` gives for each photo, and `end()`. */
export class JoinedCoco {
  readonly start = '{"licenses":[],"annotations":[';
  readonly #parts: SetParts;
  readonly #categories = new Map<number, CocoCategory>();
  readonly #parsings: Readonly<Record<string, unknown>>[] = [];
  #images = 0;
  #annotations = 0;
  #leftOut = 0;
  #repeated = 0;

  constructor(parts: SetParts) {
    this.#parts = parts;
  }

  /** The text of its annotations, one by one. @param dataset undefined if it could not be read */
  *add(name: string, dataset: PhotoDataset | undefined): Generator<string, void> {
    if (dataset === undefined || !this.#takeCategories(dataset.categories)) {
      this.#leftOut += 1;
      return;
    }
    const id = this.#parts.ids.take(name);
    if (id === undefined) {
      this.#repeated += 1;
      return;
    }
    const { width, height, annotations, parsing } = dataset;
    this.#takeParsing(parsing);
    const image: CocoImage = { id, file_name: name, width, height };
    this.#parts.images.add(separated(JSON.stringify(image), this.#images === 0));
    this.#images += 1;
    for (const [place, annotation] of annotations.entries()) {
      const text = JSON.stringify({ id: annotationIdOf(id, place), image_id: id, ...annotation });
      yield separated(text, this.#annotations === 0);
      this.#annotations += 1;
    }
  }

  *end(): Generator<string, void> {
    yield '\n],"images":[';
    yield* this.#parts.images.texts();
    const categories = [...this.#categories.values()].sort((a, b) => a.id - b.id);
    yield `\n],"categories":${JSON.stringify(categories)},"info":${JSON.stringify(this.#info())}}\n`;
  }

  summary(): JoinSummary {
    return {
      images: this.#images,
      annotations: this.#annotations,
      leftOut: this.#leftOut,
      repeated: this.#repeated,
    };
  }

  #info(): Readonly<Record<string, unknown>> {
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
    if (known.some((category) => !isSame(category, this.#categories.get(category.id)))) return false;
    if (this.#categories.size + categories.length - known.length > this.#parts.mostCategories) return false;
    for (const category of categories.filter(isNew)) this.#categories.set(category.id, category);
    return true;
  }

  /** Keeps what is said of the model and the options, once, without what is said of the photo. */
  #takeParsing(parsing: PhotoDataset['parsing']): void {
    if (parsing === undefined || this.#parsings.length >= mostParsings) return;
    const { scale: _scale, people: _people, ...rest } = parsing;
    if (!this.#parsings.some((known) => isSame(known, rest))) this.#parsings.push(rest);
  }
}

/** Of values that came from JSON; the order of an object's fields does not matter. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [ours, theirs] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    ours.length === theirs.size &&
    ours.every(([field, value]) => theirs.has(field) && isSame(value, theirs.get(field)))
  );
}

function separated(line: string, isFirst: boolean): string {
  return `${isFirst ? '' : ','}\n${line}`;
}

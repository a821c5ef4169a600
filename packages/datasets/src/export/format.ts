/** What a format of data sets is, and what it is given. */
import { AppError, type CocoCategory, type OutputName, outputFileName } from '@m2fp/contract';
import type { PhotoBytes } from './photo-bytes.ts';
import { type Masks, parseMasks } from './masks.ts';

/** A photo with its results, each read when it is asked for. */
export interface ParsedPhoto {
  /** Unique among the photos, with `/`, without extension. */
  readonly stem: string;
  /** With its dot; may be empty. */
  readonly ext: string;
  /** Undefined if it was not made. */
  read(output: OutputName): Promise<Uint8Array | undefined>;
  /** Throws `input_not_found` if it is not where it should be. */
  photo(): Promise<PhotoBytes>;
}

export interface ExportOptions {
  /** Polygons instead of masks, where a format has both. */
  readonly polygons: boolean;
  /** Whether the photos become part of the data set. */
  readonly withPhotos: boolean;
  /** What the address of a picture begins with, for tools that load it from a server. */
  readonly imageUrl: string;
}

export interface Exporter {
  /** Throws `invalid_request` or `input_not_found` if the photo lacks what the format needs; nothing of it is kept. */
  add(photo: ParsedPhoto): Promise<void>;
  /** Of at least one photo. */
  finish(): Promise<void>;
}

export async function needed(photo: ParsedPhoto, output: OutputName): Promise<Uint8Array> {
  const bytes = await photo.read(output);
  if (bytes !== undefined) return bytes;
  const file = outputFileName(output);
  throw new AppError('input_not_found', `It has no ${file}: parse it with "${output}" among the outputs.`);
}

/** The classes of a data set: those of the first photo. All others have to have the same. */
export class Classes {
  #all: readonly CocoCategory[] | undefined;

  /** Throws `invalid_request` if masks.json cannot be used, or has other classes. */
  async masksOf(photo: ParsedPhoto): Promise<Masks> {
    const masks = parseMasks(await needed(photo, 'masks'));
    this.#all ??= masks.categories;
    if (namesOf(masks.categories) === namesOf(this.#all)) return masks;
    throw new AppError('invalid_request', 'Another model parsed it: its classes are not those of the first photo.');
  }

  /** The same check for formats that need no masks.json, if there is one. */
  async check(photo: ParsedPhoto): Promise<void> {
    if ((await photo.read('masks')) !== undefined) await this.masksOf(photo);
  }

  /** As lines of names by id, without whole people; undefined if that is not known, or ids are left out. */
  get names(): readonly string[] | undefined {
    const parts = (this.#all ?? []).filter(({ supercategory }) => supercategory !== 'person');
    const sorted = parts.sort((a, b) => a.id - b.id);
    const isWhole = sorted.length > 0 && sorted.every(({ id }, index) => id === index);
    return isWhole ? sorted.map(({ name }) => name) : undefined;
  }

  /** Without background, in the order of their ids. */
  get foreground(): readonly CocoCategory[] {
    return (this.#all ?? []).filter(({ supercategory }) => supercategory !== 'background').sort((a, b) => a.id - b.id);
  }
}

function namesOf(categories: readonly CocoCategory[]): string {
  return JSON.stringify(categories.map(({ id, name }) => [id, name]));
}

/** What was found, except background, whole people first: they lie under their parts. */
export function foregroundOf({ found }: Masks): Masks['found'] {
  const isPerson = (name: string): number => (name === 'person' ? 0 : 1);
  return found
    .filter(({ category }) => category.supercategory !== 'background')
    .sort((a, b) => isPerson(a.category.supercategory) - isPerson(b.category.supercategory));
}

/** Names without folders, for formats that have one folder of pictures: `a/b` becomes `a_b`, or `a_b-2` if taken. */
export class FlatNames {
  readonly #taken = new Set<string>();

  of({ stem }: ParsedPhoto): string {
    const flat = stem.replaceAll('/', '_');
    let name = flat;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number++) name = `${flat}-${number}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/**
 * A data set as M2FP's authors lay it out: `Images/NAME.jpg`, `Category_ids/NAME.png` (a class per pixel, 255 is not
 * counted), `Instance_ids/NAME.png` with `NAME.txt` (lines of part id, class and person), `Human_ids/NAME.png`.
 * Data sets of one person per photo have the first two only.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { AppError, isHiddenFile, photoExtensions } from '@m2fp/contract';
import type { PhotoTruth, TruePart } from '../metrics/photo.ts';
import { readIdPng } from './id-png.ts';

const folders = { images: 'Images', categories: 'Category_ids', parts: 'Instance_ids', people: 'Human_ids' } as const;
const defaultSplit = 'Validation';
/** A line a part: far more than an image of 65,535 parts has. */
const maxTextBytes = 4_000_000;

/** Paths of what there is of a photo. */
export interface DatasetPhoto {
  readonly name: string;
  readonly image?: string;
  readonly categories?: string;
  readonly parts?: { readonly map: string; readonly text: string };
  readonly people?: string;
}

export interface Dataset {
  /** The folder that has `Category_ids` in it. */
  readonly dir: string;
  /** By name. */
  readonly photos: readonly DatasetPhoto[];
  /** What the data set lacks, in words: figures that cannot be measured, files without their counterpart. */
  readonly gaps: readonly string[];
}

/**
 * Lists a data set. `dir` has the folders in it, or folders of such folders: `split` is one of them. Throws
 * `input_not_found` for a folder that is no data set, and names those that are there.
 */
export async function openDataset(dir: string, split?: string): Promise<Dataset> {
  const root = await findRoot(resolve(dir), split);
  const images = await filesOf(root, folders.images, photoExtensions);
  const categories = await filesOf(root, folders.categories, ['.png']);
  const parts = await filesOf(root, folders.parts, ['.png']);
  const texts = await filesOf(root, folders.parts, ['.txt']);
  const people = await filesOf(root, folders.people, ['.png']);
  const names = new Set([...categories.keys(), ...people.keys(), ...parts.keys(), ...images.keys()]);
  const photos = [...names].sort().map((name): DatasetPhoto => {
    const [map, text] = [parts.get(name), texts.get(name)];
    return {
      name,
      ...withPath('image', images.get(name)),
      ...withPath('categories', categories.get(name)),
      ...(map !== undefined && text !== undefined && { parts: { map, text } }),
      ...withPath('people', people.get(name)),
    };
  });
  return { dir: root, photos, gaps: describeGaps({ images, categories, parts, texts, people }) };
}

/** Reads what a data set says of a photo. Throws `image_unreadable` and the like, `invalid_request` for its text. */
export async function readTruth(photo: DatasetPhoto): Promise<PhotoTruth> {
  const { name, categories, parts, people } = photo;
  return {
    name,
    ...(categories !== undefined && { categories: await readIdPng(categories, 255) }),
    ...(parts !== undefined && {
      parts: { map: await readIdPng(parts.map), parts: parseParts(await readText(parts.text), parts.text) },
    }),
    ...(people !== undefined && { people: await readIdPng(people) }),
  };
}

async function findRoot(dir: string, split: string | undefined): Promise<string> {
  const inside = join(dir, split ?? defaultSplit);
  if (await isFolder(join(inside, folders.categories))) return inside;
  const isItself = split === undefined || basename(dir) === split;
  if (isItself && (await isFolder(join(dir, folders.categories)))) return dir;
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const splits: string[] = [];
  for (const { name } of entries) if (await isFolder(join(dir, name, folders.categories))) splits.push(name);
  const hint = splits.length === 0 ? '' : ` It has ${splits.sort().join(', ')}: choose one with --split.`;
  throw new AppError('input_not_found', `There is no ${folders.categories} in ${inside}, nor in ${dir}.${hint}`);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Paths by name without extension. */
async function filesOf(root: string, folder: string, extensions: readonly string[]): Promise<Map<string, string>> {
  const files = await readdir(join(root, folder)).catch(() => []);
  const wanted = files.filter((file) => !isHiddenFile(file) && extensions.includes(extname(file).toLowerCase()));
  // The first by name wins if two differ in their extension only.
  const paths = wanted.sort().reverse();
  return new Map(paths.map((file) => [basename(file, extname(file)), join(root, folder, file)]));
}

function withPath<K extends string>(key: K, path: string | undefined): { readonly [P in K]?: string } {
  return (path === undefined ? {} : { [key]: path }) as { readonly [P in K]?: string };
}

interface Listings {
  readonly images: ReadonlyMap<string, string>;
  readonly categories: ReadonlyMap<string, string>;
  readonly parts: ReadonlyMap<string, string>;
  readonly texts: ReadonlyMap<string, string>;
  readonly people: ReadonlyMap<string, string>;
}

function describeGaps({ images, categories, parts, texts, people }: Listings): string[] {
  const gaps: string[] = [];
  const missing = (what: string, of: ReadonlyMap<string, string>, among: ReadonlyMap<string, string>): void => {
    const names = [...of.keys()].filter((name) => !among.has(name)).sort();
    if (names.length > 0) gaps.push(`${names.length} without ${what}: ${shortList(names)}.`);
  };
  if (images.size > 0) {
    missing(`a map in ${folders.categories}`, images, categories);
    missing(`a photo in ${folders.images}`, categories, images);
  }
  if (parts.size === 0) gaps.push(`No ${folders.parts}: APr cannot be measured.`);
  else {
    missing(`a map in ${folders.parts}`, categories, parts);
    missing(`the text of its map in ${folders.parts}`, parts, texts);
  }
  if (people.size === 0) gaps.push(`No ${folders.people}: APp, PCP and APh cannot be measured.`);
  else missing(`a map in ${folders.people}`, categories, people);
  return gaps;
}

function shortList(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} …`;
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size <= maxTextBytes) return readFile(path, 'utf8');
  throw new AppError('invalid_request', `${path} has ${size} bytes: at most ${maxTextBytes} are allowed.`);
}

/** Lines of part id, class and person; the person is not needed. */
function parseParts(text: string, path: string): TruePart[] {
  return text.split('\n').flatMap((line, i) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '') return [];
    const [id, classId] = words.map(Number);
    if (Number.isSafeInteger(id) && Number.isSafeInteger(classId)) return { id: id ?? 0, classId: classId ?? 0 };
    throw new AppError('invalid_request', `Line ${i + 1} of ${path} is not a part's id, its class and its person.`);
  });
}

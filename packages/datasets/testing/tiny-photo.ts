/** A made-up photo with its results: 8x6 px, two people, masks with a hole and in several parts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CocoDataset, OutputName } from '@m2fp/contract';
import { encodeIndexedPng, encodeRle, polygonsOf, type SpanMask, spanMaskFromBitmap } from '@m2fp/core/render';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import {
  type ExportFormatName,
  exportFormats,
  ExportFolder,
  type ExportOptions,
  type ParsedPhoto,
} from '../src/export/index.ts';

export const [width, height] = [8, 6];

const categories = [
  { id: 0, name: 'Background', supercategory: 'background' },
  { id: 2, name: 'Hair & <hat>', supercategory: 'part' },
  { id: 5, name: 'Coat', supercategory: 'part' },
  { id: 7, name: 'Human', supercategory: 'person' },
];

const drawn = [
  {
    category: 0,
    person: 0,
    score: 0.5,
    rows: ['##......', '########', '........', '........', '........', '#.......'],
  },
  {
    category: 2,
    person: 1,
    score: 0.75,
    rows: ['####....', '#..#....', '#.##....', '####....', '........', '........'],
  },
  {
    category: 5,
    person: 1,
    score: 0.25,
    rows: ['........', '........', '........', '........', '##..##.#', '##..#..#'],
  },
  { category: 7, person: 1, score: 1, rows: ['####....', '####....', '####....', '####....', '######.#', '######.#'] },
  {
    category: 2,
    person: 2,
    score: 0.5,
    rows: ['......#.', '.....#.#', '......##', '.......#', '........', '........'],
  },
] as const;

/** In the order of masks.json. */
export const masks = drawn.map(({ category, person, score, rows }) => {
  const bitmap = Uint8Array.from(rows.join(''), (letter) => Number(letter === '#'));
  const name = categories.find(({ id }) => id === category)?.name ?? '';
  return {
    name,
    person,
    score,
    bitmap,
    mask: spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height),
  };
});

export const foreground = masks.filter(({ name }) => name !== 'Background');

export interface TinyPhoto {
  readonly stem?: string;
  readonly ext?: string;
  readonly polygons?: boolean;
  readonly without?: OutputName;
  readonly categoryName?: string;
}

export function tinyPhoto({ stem = 'album/a', ext = '.jpg', polygons = false, without, categoryName }: TinyPhoto = {}) {
  const segment = (mask: SpanMask) => (polygons ? polygonsOf(mask) : encodeRle(mask));
  const dataset: CocoDataset = {
    info: { parsing: { model: 'tiny', kind: 'm2fp', version: '3' } },
    licenses: [],
    images: [{ id: 1, file_name: `${stem}${ext}`, width, height }],
    categories: categories.map(({ name, ...rest }) => ({
      ...rest,
      name: name === 'Coat' ? (categoryName ?? name) : name,
    })),
    annotations: masks.map(({ mask, score, person }, place) => ({
      ...{ id: place + 1, image_id: 1, category_id: drawn[place]?.category ?? 0, bbox: mask.bbox, area: mask.area },
      ...{ iscrowd: 0, segmentation: segment(mask), score, person_id: person },
      attributes: { person_id: person, score },
    })),
  };
  const photo: ParsedPhoto = {
    stem,
    ext,
    async read(output) {
      if (output === without) return undefined;
      if (output === 'masks') return Buffer.from(JSON.stringify(dataset));
      if (output === 'colormap')
        return idMap(classIds, [
          [0, 0, 0],
          [1, 1, 1],
          [9, 8, 7],
          [3, 3, 3],
          [4, 4, 4],
          [5, 6, 7],
        ]);
      return output === 'instances'
        ? idMap(personIds, [
            [0, 0, 0],
            [1, 1, 1],
            [2, 2, 2],
          ])
        : undefined;
    },
    photo: async () => ({ bytes: await picture(ext === '.png' ? 'png' : 'jpeg') }),
  };
  return photo;
}

/** What lies on top, by pixel. */
function painted(valueOf: (place: number) => number): Uint8Array {
  const pixels = new Uint8Array(width * height);
  masks.forEach(({ bitmap, name }, place) => {
    if (name === 'Human' || name === 'Background') return;
    bitmap.forEach((isSet, pixel) => {
      if (isSet === 1) pixels[pixel] = valueOf(place);
    });
  });
  return pixels;
}

export const classIds = painted((place) => drawn[place]?.category ?? 0);
export const personIds = painted((place) => drawn[place]?.person ?? 0);

function idMap(pixels: Uint8Array, palette: [number, number, number][]): Promise<Uint8Array> {
  return encodeIndexedPng(pixels, width, height, palette);
}

function picture(format: 'png' | 'jpeg'): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: '#468' } })
    .toFormat(format)
    .toBuffer();
}

/** Exports photos into a temporary folder. */
export async function exported(
  format: ExportFormatName,
  photos: readonly ParsedPhoto[],
  options: Partial<ExportOptions> = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-export-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const all = { polygons: false, withPhotos: true, imageUrl: '', ...options };
  const exporter = await exportFormats[format].open(new ExportFolder(dir), all);
  for (const photo of photos) await exporter.add(photo);
  await exporter.finish();
  return {
    dir,
    text: (path: string): Promise<string> => readFile(join(dir, path), 'utf8'),
    bytes: (path: string): Promise<Buffer> => readFile(join(dir, path)),
  };
}

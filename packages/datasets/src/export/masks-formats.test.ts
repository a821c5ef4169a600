/** The formats that are made from masks.json: what is written, decoded again by the rules of their readers. */
import { readdir } from 'node:fs/promises';
import type { CocoDataset, CocoSegmentation } from '@m2fp/contract';
import { decodeRle, forEachRun } from '@m2fp/core/render';
import { describe, expect, it } from 'vitest';
import { exported, foreground, height, masks, tinyPhoto, width } from '../../testing/tiny-photo.ts';

function bitmapOf(fill: (set: (x: number, y: number) => void) => void): Uint8Array {
  const bitmap = new Uint8Array(width * height);
  fill((x, y) => (bitmap[y * width + x] = 1));
  return bitmap;
}

/** Pixels whose centers are inside of an odd number of these polygons, and with `drawn`, those on their edges. */
function filled(polygons: readonly (readonly number[])[], drawn = false): Uint8Array {
  return bitmapOf((set) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [px, py] = drawn ? [x + 0.01, y + 0.01] : [x + 0.5, y + 0.5];
        let crossings = 0;
        let isOnEdge = false;
        for (const polygon of polygons) {
          for (let i = 0; i < polygon.length; i += 2) {
            const [x0 = 0, y0 = 0] = polygon.slice(i, i + 2);
            const [x1 = 0, y1 = 0] = i + 2 < polygon.length ? polygon.slice(i + 2, i + 4) : polygon;
            if (y0 > py !== y1 > py && px < x0 + ((py - y0) / (y1 - y0)) * (x1 - x0)) crossings += 1;
            const isBetween =
              x >= Math.min(x0, x1) && x <= Math.max(x0, x1) && y >= Math.min(y0, y1) && y <= Math.max(y0, y1);
            isOnEdge ||= isBetween && (x1 - x0) * (y - y0) === (y1 - y0) * (x - x0);
          }
        }
        if (crossings % 2 === 1 || (drawn && isOnEdge)) set(x, y);
      }
    }
  });
}

function bitmapOfSegmentation(segmentation: CocoSegmentation): Uint8Array {
  if (!('counts' in segmentation)) return filled(segmentation);
  return bitmapOf((set) => {
    forEachRun(decodeRle(segmentation), (y, start, end) => {
      for (let x = start; x < end; x++) set(x, y);
    });
  });
}

describe('coco', () => {
  it.each([false, true])(
    'keeps everything, from RLE and from polygons, with ids that are unique; polygons: %s',
    async (polygons) => {
      const photos = [tinyPhoto({ polygons }), tinyPhoto({ polygons: !polygons, stem: 'b', ext: '.png' })];
      const { text, dir } = await exported('coco', photos, { polygons });
      const { images, annotations, categories } = JSON.parse(await text('annotations.json')) as CocoDataset;
      expect(images.map(({ file_name }) => file_name)).toEqual(['album/a.jpg', 'b.png']);
      expect((await readdir(dir, { recursive: true })).sort()).toEqual([
        ...['annotations', 'annotations.json', 'annotations/instances_default.json'],
        ...['images', 'images/album', 'images/album/a.jpg', 'images/b.png'],
      ]);
      expect(new Set(annotations.map(({ id }) => id)).size).toBe(2 * masks.length);
      expect(Array.isArray(annotations[0]?.segmentation)).toBe(polygons);
      const found = annotations.map(({ category_id, score, person_id, attributes, segmentation }) => {
        expect(attributes).toEqual({ person_id, score });
        const name = categories.find(({ id }) => id === category_id)?.name;
        return { name, person: person_id, score, bitmap: bitmapOfSegmentation(segmentation) };
      });
      const expected = masks.map(({ name, person, score, bitmap }) => ({ name, person, score, bitmap }));
      expect(found).toEqual([...expected, ...expected]);
      expect(annotations.slice(0, masks.length).every(({ image_id }) => image_id === images[0]?.id)).toBe(true);
      expect(await text('annotations/instances_default.json')).toBe(await text('annotations.json'));
    },
  );
});

describe('cvat', () => {
  const facts = /label="([^"]+)".*group_id="(\d)".*"person_id">(\d)<.*"score">([\d.]+)</;

  it('has masks by rows of their box, whole people under their parts', async () => {
    const { text } = await exported('cvat', [tinyPhoto()]);
    const xml = await text('annotations.xml');
    expect(xml).toContain('<image id="0" name="album/a.jpg" width="8" height="6">');
    expect(xml).toContain('<name>Hair &amp; &lt;hat&gt;</name><color>#090807</color>');
    expect(xml).not.toContain('Background');
    const lines = xml.split('\n').filter((line) => line.includes('<mask'));
    const found = lines.map((line) => {
      const [, label, group, person, score] = facts.exec(line) ?? [];
      expect(group).toBe(person);
      const numbers = /rle="([^"]+)" left="(\d)" top="(\d)" width="(\d)" height="(\d)"/.exec(line)?.slice(1) ?? [];
      const [rle = '', ...box] = numbers;
      const [left = 0, top = 0, boxWidth = 0, boxHeight = 0] = box.map(Number);
      const bits = rle.split(', ').flatMap((count, i) => Array.from({ length: Number(count) }, () => i % 2));
      expect(bits).toHaveLength(boxWidth * boxHeight);
      const bitmap = bitmapOf((set) => {
        bits.forEach((bit, i) => {
          if (bit === 1) set(left + (i % boxWidth), top + Math.floor(i / boxWidth));
        });
      });
      return { label, person: Number(person), score: Number(score), bitmap };
    });
    const expected = foreground.map(({ name, person, score, bitmap }) => {
      return { label: name.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;'), person, score, bitmap };
    });
    const people = expected.filter(({ label }) => label === 'Human');
    expect(found).toEqual([...people, ...expected.filter(({ label }) => label !== 'Human')]);
    expect(lines.map((line) => /z_order="(\d)"/.exec(line)?.[1])).toEqual(['0', '1', '1', '1']);
  });

  it('has polygons instead, which together are the mask', async () => {
    const { text } = await exported('cvat', [tinyPhoto()], { polygons: true, withPhotos: false });
    const polygons = (await text('annotations.xml')).split('\n').flatMap((line) => {
      const points = /label="Coat".*points="([^"]+)"/.exec(line)?.[1];
      return points === undefined ? [] : [points.split(';').flatMap((point) => point.split(',').map(Number))];
    });
    expect(polygons).toHaveLength(3);
    expect(filled(polygons)).toEqual(foreground.find(({ name }) => name === 'Coat')?.bitmap);
  });
});

interface Region {
  readonly type: string;
  readonly value: { rle: number[]; brushlabels: string[]; points: [number, number][]; polygonlabels: string[] };
  readonly score: number;
  readonly original_width: number;
  readonly meta: { readonly text: string[] };
}

/** By Label Studio's own rules: see `brushRle`. The last of four channels is the mask. */
function brushBitmap(rle: readonly number[]): Uint8Array {
  const bits = rle.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = 0;
  const read = (count: number): number => Number.parseInt(bits.slice(at, (at += count)), 2);
  const total = read(32);
  expect(read(5)).toBe(7);
  const sizes = [read(4), read(4), read(4), read(4)].map((size) => size + 1);
  const values: number[] = [];
  while (values.length < total) {
    expect(read(1)).toBe(1);
    const length = read(sizes[read(2)] ?? 0) + 1;
    const value = read(8);
    for (let i = 0; i < length; i++) values.push(value);
  }
  expect(values).toHaveLength(4 * width * height);
  return Uint8Array.from({ length: width * height }, (_, pixel) => Number(values[4 * pixel + 3] === 255));
}

describe('label-studio', () => {
  async function regionsOf(polygons: boolean) {
    const { text } = await exported('label-studio', [tinyPhoto({ stem: 'a b/c&d' })], {
      polygons,
      imageUrl: '/data/?d=x/',
    });
    const tasks = JSON.parse(await text('tasks.json')) as { data: object; predictions: { result: Region[] }[] }[];
    expect(tasks[0]?.data).toEqual({ image: '/data/?d=x/images/a%20b/c%26d.jpg' });
    return { result: tasks[0]?.predictions[0]?.result ?? [], config: await text('label_config.xml') };
  }

  it('has predictions as brush strokes, whole people first', async () => {
    const { result, config } = await regionsOf(false);
    const order = [2, 0, 1, 3].map((place) => foreground[place]);
    expect(result.map(({ value }) => brushBitmap(value.rle))).toEqual(order.map((one) => one?.bitmap));
    expect(result.map(({ value }) => value.brushlabels)).toEqual(order.map((one) => [one?.name]));
    expect(result.map(({ meta, score }) => [meta.text, score])).toEqual(
      order.map((one) => [[`person ${one?.person}`], one?.score]),
    );
    expect(config).toContain('<BrushLabels name="label" toName="image">');
    expect(config).toContain('<Label value="Hair &amp; &lt;hat&gt;" background="#090807"/>');
  });

  it('has polygons in percent instead, one for each piece', async () => {
    const { result, config } = await regionsOf(true);
    const coats = result.filter(({ value }) => value.polygonlabels[0] === 'Coat');
    const polygons = coats.map(({ value }) =>
      value.points.flatMap(([x, y]) => [(x * width) / 100, (y * height) / 100]),
    );
    const rounded = polygons.map((polygon) => polygon.map((value) => Math.round(value * 1e4) / 1e4));
    expect(filled(rounded)).toEqual(foreground.find(({ name }) => name === 'Coat')?.bitmap);
    expect(config).toContain('<PolygonLabels name="label" toName="image">');
  });
});

describe('yolo', () => {
  it('has one line per mask whose drawn outline is the mask, its parts joined by lines', async () => {
    const { text, dir } = await exported('yolo', [tinyPhoto(), tinyPhoto({ stem: 'album_a', ext: '.png' })]);
    const files = ['data.yaml', 'images', 'images/album_a-2.png', 'images/album_a.jpg'];
    expect((await readdir(dir, { recursive: true })).sort()).toEqual([
      ...files,
      ...['labels', 'labels/album_a-2.txt', 'labels/album_a.txt'],
    ]);
    expect(await text('data.yaml')).toBe(
      'train: images\nval: images\nnames:\n  0: "Hair & <hat>"\n  1: "Coat"\n  2: "Human"\n',
    );
    const lines = (await text('labels/album_a.txt')).trimEnd().split('\n');
    const order = [2, 0, 1, 3].map((place) => foreground[place]);
    expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual([2, 0, 1, 0]);
    lines.forEach((line, place) => {
      const numbers = line.split(' ').slice(1).map(Number);
      const outlines = [Math.trunc, Math.round].map((whole) =>
        numbers.map((value, i) => whole(value * (i % 2 === 0 ? width : height))),
      );
      expect(outlines[0]).toEqual(outlines[1]);
      const drawn = filled([outlines[0] ?? []], true);
      const expected = order[place]?.bitmap ?? new Uint8Array(0);
      const added = drawn.filter((value, pixel) => value !== expected[pixel]).length;
      expect(expected.every((value, pixel) => value === 0 || drawn[pixel] === 1)).toBe(true);
      // The pixels between parts, which the lines cross.
      const gaps: Readonly<Record<string, number>> = { Coat: 3, Human: 1 };
      expect(added).toBe(gaps[order[place]?.name ?? ''] ?? 0);
    });
  });
});

describe('what does not fit', () => {
  it.each([
    [tinyPhoto({ without: 'masks' }), 'input_not_found', 'It has no masks.json: parse it with "masks"'],
    [tinyPhoto({ categoryName: 'Jacket' }), 'invalid_request', 'Another model parsed it'],
    [{ ...tinyPhoto(), read: async () => Buffer.from('{}') }, 'invalid_request', 'masks.json cannot be used'],
  ])('is refused: %#', async (photo, code, message) => {
    const adding = exported('yolo', [tinyPhoto({ stem: 'first' }), photo]);
    await expect(adding).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });
});

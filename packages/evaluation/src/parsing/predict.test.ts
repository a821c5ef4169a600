import { spanMaskFromBitmap, forEachRun, type SpanMask } from '@m2fp/core/render';
import { describe, expect, test } from 'vitest';
import { drawMap } from '../../testing/draw-map.ts';
import { foundIn, mirroredClasses } from './found.ts';
import { mergeFound, mirrorFound, mirrorPhoto } from './merge-mirrored.ts';
import { predictionOf, withClassIds } from './predict.ts';

const labels = [
  { id: 0, name: 'Background', role: 'background' },
  { id: 1, name: 'Left-arm', role: 'part' },
  { id: 2, name: 'Right-arm', role: 'part' },
  { id: 3, name: 'Human', role: 'person' },
].map((label) => ({ ...label, color: [0, 0, 0] })) as Parameters<typeof foundIn>[1];
const partLabels = labels.slice(0, 3);
const painting = { labels, scoreStep: 0.05, labelScore: 0.5 };

function mask(...rows: readonly string[]): SpanMask {
  const [width, height] = [rows[0]?.length ?? 0, rows.length];
  const bitmap = Uint8Array.from(rows.join(''), (pixel) => Number(pixel === '#'));
  return spanMaskFromBitmap(bitmap, { x: 0, y: 0, width, height }, width, height);
}

const part = (classId: number, score: number, row: string, personId = 0) => ({
  classId,
  score,
  mask: mask(row),
  personId,
});

const parsingOf = (masks: ReturnType<typeof part>[], width = 6) => {
  return { width, height: 1, scale: 1, masks, people: 2, timings: {} };
};

function drawn(one: SpanMask | undefined): string {
  const pixels = new Array<string>((one?.width ?? 0) * (one?.height ?? 0)).fill('.');
  if (one !== undefined)
    forEachRun(one, (y, start, end) => pixels.fill('#', y * one.width + start, y * one.width + end));
  return pixels.join('');
}

describe('predictions', () => {
  test('are painted by ascending score; what is covered is dropped, and what is unsure is not on the label map', () => {
    const found = foundIn(
      parsingOf([
        part(3, 0.9, '###...'),
        part(3, 0.8, '.#####'),
        part(3, 0.3, '.##...'),
        part(1, 0.6, '##....'),
        part(2, 0.4, '..####'),
        part(2, 0.2, '....##'),
      ]),
      labels,
      0.05,
    );
    const { semantic, parts, people, parsing } = predictionOf(found, painting);
    expect(semantic).toEqual(drawMap('11....'));
    expect(parts.map).toEqual(drawMap('332222'));
    expect(parts.found).toEqual([
      { id: 2, classId: 2, score: 0.4 },
      { id: 3, classId: 1, score: 0.6 },
    ]);
    expect(people.map).toEqual(drawMap('333222'));
    expect(people.found).toEqual([
      { id: 2, score: 0.8 },
      { id: 3, score: 0.9 },
    ]);
    // Person 2 has nothing on the label map; person 3 has class 1, whose surest part is of 0.6.
    expect(parsing.found).toEqual([
      { id: 2, score: 0 },
      { id: 3, score: 0.6 * 0.9 },
    ]);
  });

  test('have people by their parts if the model finds no whole ones', () => {
    const masks = [part(1, 0.6, '##....', 1), part(2, 0.8, '..#...', 1), part(1, 0.5, '....##', 2)];
    const found = foundIn(parsingOf(masks), partLabels, 0.05);
    expect(found.people.map(({ score, mask: own }) => [score, drawn(own)])).toEqual([
      [0.7, '###...'],
      [0.5, '....##'],
    ]);
    const { people } = predictionOf(found, { ...painting, labels: partLabels, labelScore: 0 });
    expect(people.map).toEqual(drawMap('222.11'));
  });

  test('take the ids of the data set', () => {
    const found = foundIn(parsingOf([part(1, 0.6, '##....')]), labels, 0.05);
    const ids = new Map([
      [1, 2],
      [2, 1],
    ]);
    const { semantic, parts, parsing } = withClassIds(predictionOf(found, painting), ids);
    expect(semantic).toEqual(drawMap('22....'));
    expect(parsing.categories).toBe(semantic);
    expect(parts.found[0]?.classId).toBe(2);
  });
});

describe('a mirrored run', () => {
  test('exchanges left and right by name', () => {
    const named = (...names: string[]) => names.map((name, id) => ({ id, name }));
    expect(mirroredClasses(labels)).toEqual(
      new Map([
        [1, 2],
        [2, 1],
      ]),
    );
    const portrait = named('l_brow', 'r_brow', 'u_lip', 'l_lip', 'ear_r', 'nose');
    expect(mirroredClasses(portrait)).toEqual(
      new Map([
        [0, 1],
        [1, 0],
      ]),
    );
    expect(mirroredClasses(named('LeftShoe', 'right shoe', 'Left-hand')).get(0)).toBe(1);
    expect(mirroredClasses(named('LeftShoe', 'right shoe', 'Left-hand')).size).toBe(2);
  });

  test('joins what is the same thing; of two masks the surer one decides', () => {
    const straight = foundIn(parsingOf([part(1, 0.6, '.###..'), part(3, 0.9, '######')]), labels, 0.05);
    const other = foundIn(parsingOf([part(2, 0.8, '..###.'), part(2, 0.3, '#.....')]), labels, 0.05);
    const back = mirrorFound(other, mirroredClasses(labels));
    expect(back.parts.map(({ classId, mask: own }) => [classId, drawn(own)])).toEqual([
      [1, '.###..'],
      [1, '.....#'],
    ]);
    const merged = mergeFound(straight, back);
    expect(merged.parts.map(({ score, mask: own }) => [score, drawn(own)])).toEqual([
      [0.8, '.###..'],
      [0.3, '.....#'],
    ]);
    expect(merged.people).toHaveLength(1);
    const [shifted] = mergeFound(
      foundIn(parsingOf([part(1, 0.6, '.###..')]), labels, 0.05),
      foundIn(parsingOf([part(1, 0.8, '..###.')]), labels, 0.05),
    ).parts;
    expect([shifted?.score, drawn(shifted?.mask)]).toEqual([0.8, '..###.']);
  });

  test('makes what overlaps a surer one a little less sure', () => {
    const straight = foundIn(parsingOf([part(1, 0.8, '####..')]), labels, 0.05);
    const other = foundIn(parsingOf([part(1, 0.6, '...###')]), labels, 0.05);
    const { parts } = mergeFound(straight, other);
    expect(parts.map(({ score }) => score)).toEqual([0.8, 0.6 * Math.exp((-1 / 36) * 2)]);
  });

  test('sees the photo from right to left, resized as before', async () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const image = { data, width: 3, height: 1 };
    const photo = mirrorPhoto({
      ...{ width: 3, height: 1, format: 'png' },
      rgb: async () => image,
      resized: async (width, height) => ({ data: data.subarray(0, width * height * 3), width, height }),
    });
    expect([...(await photo.rgb()).data]).toEqual([7, 8, 9, 4, 5, 6, 1, 2, 3]);
    expect([...(await photo.resized(2, 1)).data]).toEqual([4, 5, 6, 1, 2, 3]);
  });
});

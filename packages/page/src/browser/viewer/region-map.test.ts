import { describe, expect, it } from 'vitest';
import { boxAround, countPixels, joinRegions, regionAt, select } from './region-map.ts';

const classes = Uint8Array.from([0, 2, 2, 0, 5, 2, 2, 0]);
const people = Uint8Array.from([0, 1, 1, 0, 2, 2, 1, 1]);
const map = joinRegions(classes, people, 4, 2);

describe('region map', () => {
  it('has a region for each class of each person, with its pixels and its box', () => {
    expect(map.regions.map(({ classId, personId, pixels }) => [classId, personId, pixels])).toEqual([
      [0, 0, 2],
      [2, 1, 3],
      [5, 2, 1],
      [2, 2, 1],
      [0, 1, 1],
    ]);
    expect(map.regions[1]?.box).toEqual({ left: 1, top: 0, right: 3, bottom: 2 });
    expect(boxAround(select(map, { personId: 1 }))).toEqual({ left: 1, top: 0, right: 4, bottom: 2 });
  });

  it('says what is at a pixel, and nothing outside of the photo', () => {
    for (let y = 0; y < 2; y++)
      for (let x = 0; x < 4; x++) {
        const { classId, personId } = regionAt(map, x + 0.9, y + 0.1) ?? {};
        expect([classId, personId]).toEqual([classes[y * 4 + x], people[y * 4 + x]]);
      }
    for (const [x, y] of [
      [-0.1, 0],
      [4, 0],
      [0, 2],
      [0, -1],
      [NaN, 0],
    ] as const)
      expect(regionAt(map, x, y)).toBeUndefined();
  });

  it('selects by class, by person or by both, never the background', () => {
    expect(countPixels(select(map, { classId: 2 }))).toBe(4);
    expect(countPixels(select(map, { classId: 2, personId: 2 }))).toBe(1);
    expect(countPixels(select(map, {}))).toBe(6);
    expect(boxAround(select(map, { classId: 9 }))).toBeUndefined();
  });

  it('tells more than 255 regions apart', () => {
    const many = joinRegions(
      Uint8Array.from({ length: 600 }, (_, at) => (at % 3) + 1),
      Uint8Array.from({ length: 600 }, (_, at) => at % 200),
      600,
      1,
    );
    expect(many.regions).toHaveLength(601);
    const { classId, personId } = regionAt(many, 599, 0) ?? {};
    expect([classId, personId]).toEqual([3, 199]);
  });
});

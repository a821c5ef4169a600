import { describe, expect, test } from 'vitest';
import { randomMask, seededRandom } from '../../../testing/parsing/random-output.ts';
import { maskFromBitmap } from '../../../testing/render/draw.ts';
import { maskBitmap, spanMaskFromBitmap, type SpanMask } from '../../render/span-mask.ts';
import { assignPeople } from './assign-people.ts';

const photo = { width: 60, height: 40 };

function rectangle(x: number, y: number, width: number, height: number): SpanMask {
  const bitmap = new Uint8Array(width * height).fill(1);
  return spanMaskFromBitmap(bitmap, { x, y, width, height }, photo.width, photo.height);
}

describe('a part belongs to', () => {
  test('the person who has most of its pixels', () => {
    const people = [rectangle(0, 0, 20, 40), rectangle(20, 0, 20, 40)];
    expect(assignPeople([rectangle(15, 5, 12, 4), rectangle(10, 5, 12, 4)], people)).toEqual([2, 1]);
  });

  test('the surer of two people if both masks cover it', () => {
    const people = [rectangle(10, 0, 20, 40), rectangle(0, 0, 40, 40)];
    expect(assignPeople([rectangle(12, 5, 10, 4), rectangle(0, 5, 14, 4)], people)).toEqual([1, 2]);
  });

  test('the surer of two people who have equal shares of it', () => {
    const people = [rectangle(20, 0, 20, 40), rectangle(0, 0, 20, 40)];
    expect(assignPeople([rectangle(15, 0, 10, 10)], people)).toEqual([1]);
  });

  test('nobody if no person touches it, or there is none', () => {
    expect(assignPeople([rectangle(50, 0, 5, 5)], [rectangle(0, 0, 20, 40)])).toEqual([0]);
    expect(assignPeople([rectangle(50, 0, 5, 5)], [])).toEqual([0]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('the owner that whole maps give it (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const shape = () => {
      const bitmap = Uint8Array.from(randomMask(random, photo, -1), (value) => Number(value > 0));
      return maskFromBitmap(bitmap, photo.width, photo.height);
    };
    const people = Array.from({ length: 5 }, shape);
    const parts = Array.from({ length: 12 }, shape);
    expect(assignPeople(parts, people)).toEqual(parts.map((part) => ownerByWholeMaps(part, people)));
  });
});

function ownerByWholeMaps(part: SpanMask, people: readonly SpanMask[]): number {
  const owners = new Uint8Array(photo.width * photo.height);
  [...people.entries()].reverse().forEach(([i, mask]) => {
    maskBitmap(mask).forEach((bit, pixel) => {
      if (bit === 1) owners[pixel] = i + 1;
    });
  });
  const counts = new Array<number>(people.length + 1).fill(0);
  maskBitmap(part).forEach((bit, pixel) => {
    const owner = owners[pixel] ?? 0;
    if (bit === 1 && owner > 0) counts[owner] = (counts[owner] ?? 0) + 1;
  });
  return counts.indexOf(Math.max(...counts));
}

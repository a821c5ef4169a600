import { spanMaskFromBitmap } from '@m2fp/core/render';
import { describe, expect, test } from 'vitest';
import { compareMasks, type FoundMask, packBits } from './compare-masks.ts';
import type { GoldenMask } from './golden-cases.ts';

function mask(label: string, score: number, rows: readonly string[]): FoundMask {
  const width = rows[0]?.length ?? 0;
  const bitmap = Uint8Array.from(rows.join(''), (character) => Number(character === '#'));
  const box = { x: 0, y: 0, width, height: rows.length };
  return { label, score, mask: spanMaskFromBitmap(bitmap, box, width, rows.length) };
}

function golden({ label, score, mask: spans }: FoundMask): GoldenMask {
  return { label, score, bits: packBits(spans) };
}

const wide = ['#.......##', '.......##.'];

test("bits are packed as NumPy's packbits does along the rows", () => {
  expect([...packBits(mask('Hat', 1, wide).mask)]).toEqual([0b10000000, 0b11000000, 0b00000001, 0b10000000]);
});

describe('two sets of masks', () => {
  const hat = mask('Hat', 0.5, wide);
  const other = mask('Hat', 0.6, ['###.......', '..........']);
  const face = mask('Face', 0.5, wide);

  test('are the same in any order', () => {
    expect(compareMasks([hat, other, face].map(golden), [face, other, hat])).toEqual({
      differingPixels: 0,
      pixels: 60,
      scoreDifference: 0,
      missing: [],
      extra: [],
    });
  });

  test('of one shape and label are told apart by their scores', () => {
    const twin = mask('Hat', 0.2, wide);
    expect(compareMasks([hat, twin].map(golden), [twin, hat]).scoreDifference).toBe(0);
  });

  test('differ by pixels and scores of what was matched, nearest first', () => {
    const nearly = mask('Hat', 0.53, ['#.......#.', '.......##.']);
    const comparison = compareMasks([golden(hat), golden(other)], [other, nearly]);
    expect(comparison).toMatchObject({ differingPixels: 1, pixels: 40, missing: [], extra: [] });
    expect(comparison.scoreDifference).toBeCloseTo(0.03, 10);
  });

  test('miss or have more masks of a label', () => {
    const expected = [golden(hat), golden(other)];
    expect(compareMasks(expected, [hat, face])).toMatchObject({ missing: [expected[1]], extra: [face] });
  });
});

import { describe, expect, test } from 'vitest';
import { testLabels } from '../../testing/model/test-manifests.ts';
import { drawMask, parsingOf } from '../../testing/render/draw.ts';
import { readSelection, selectMasks, selectPixels, type Selection } from './select.ts';
import type { ParsedMask } from './types.ts';

function selectionOf(parts: string[], person: number[] = []): Selection {
  const selection = readSelection({ parts, person }, testLabels);
  if (selection === undefined) throw new Error('Nothing is chosen.');
  return selection;
}

const canvasOf = (text: string): Uint8Array => Uint8Array.from(text, Number);

describe('a selection', () => {
  test('is none if nothing is chosen', () => {
    expect(readSelection({ parts: [], person: [] }, testLabels)).toBeUndefined();
  });

  test('finds parts whatever their case, hyphens, underscores and spaces', () => {
    expect([...(selectionOf(['HAT', 'h_a-i r']).classIds ?? [])]).toEqual([1, 2]);
  });

  test.each(['Shoes', 'Background'])('refuses %s, and lists the parts there are', (part) => {
    expect(() => readSelection({ parts: ['Hat', part], person: [] }, testLabels)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        retryable: false,
        message: `The model has no part "${part}". Its parts: Hat, Hair, Face, Human.`,
      }),
    );
  });
});

describe('selected pixels', () => {
  const labelMap = '0112441';
  const people = '0112221';
  test.each([
    ['parts', selectionOf(['Hat']), '0110001', '0110001'],
    ['people', selectionOf([], [2]), '0002440', '0002220'],
    ['parts of people', selectionOf(['Hair', 'Face'], [2]), '0002440', '0002220'],
    ['nobody', selectionOf([], [7]), '0000000', '0000000'],
    ['whole people', selectionOf(['Human'], [1]), '0110001', '0110001'],
  ])('%s', (_, selection, classes, persons) => {
    const [colormap, instances] = [canvasOf(labelMap), canvasOf(people)];
    selectPixels(colormap, instances, selection);
    expect([[...colormap].join(''), [...instances].join('')]).toEqual([classes, persons]);
  });

  test('of whole people are those on a person, also where no part is painted', () => {
    const [colormap, instances] = [canvasOf('0110'), canvasOf('0011')];
    selectPixels(colormap, instances, selectionOf(['Human']));
    expect([[...colormap].join(''), [...instances].join('')]).toEqual(['0010', '0011']);
  });
});

test('selected masks are of the chosen classes and people, whose ids and number stay what they are', () => {
  const mask = drawMask('#');
  const masks: ParsedMask[] = [
    { classId: 1, score: 1, mask, personId: 1 },
    { classId: 2, score: 1, mask, personId: 3 },
    { classId: 1, score: 1, mask, personId: 3 },
    { classId: 1, score: 1, mask, personId: 0 },
  ];
  const parsing = parsingOf(masks, 3);
  expect(selectMasks(parsing, selectionOf(['Hat'], [3, 9]))).toEqual({ ...parsing, masks: [masks[2]], people: 1 });
  expect(selectMasks(parsing, selectionOf(['Hat']))).toMatchObject({
    masks: [masks[0], masks[2], masks[3]],
    people: 3,
  });
});

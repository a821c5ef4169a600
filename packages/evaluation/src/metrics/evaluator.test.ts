/** Each figure on maps small enough to be counted by hand; the whole of it on golden cases in `files`. */
import { describe, expect, test } from 'vitest';
import { drawMap } from '../../testing/draw-map.ts';
import { Evaluator } from './evaluator.ts';
import type { Figures } from './figures.ts';
import type { PhotoPrediction, PhotoTruth } from './photo.ts';

type Pair = readonly [truth: Omit<PhotoTruth, 'name'>, prediction: PhotoPrediction];

function measure(classes: number | undefined, ...photos: readonly Pair[]): Figures {
  const evaluator = new Evaluator(classes);
  photos.forEach(([truth, prediction], i) => evaluator.add({ name: `photo${i}`, ...truth }, prediction));
  return evaluator.result();
}

describe('mIoU', () => {
  const truth = { categories: drawMap('0011', '11x7') };
  const found = { semantic: drawMap('0111', '0122') };

  test('is the mean over all classes, 0 for those that are nowhere; 255 and higher classes are not counted', () => {
    const figures = measure(3, [truth, found]);
    expect(figures.IoU?.[0]).toBeCloseTo(1 / 3, 8);
    expect(figures.IoU?.[1]).toBeCloseTo(3 / 5, 8);
    expect(figures.IoU?.[2]).toBe(0);
    expect(figures.mIoU).toBeCloseTo((1 / 3 + 3 / 5) / 3, 8);
    expect(figures.PixelACC).toBe(4 / 6);
    expect(figures.MeanACC).toBeCloseTo((1 / 2 + 3 / 4) / 3, 8);
    expect(figures.F1Score?.[1]).toBeCloseTo(0.75, 8);
  });

  test('leaves out a photo without a prediction', () => {
    expect(measure(3, [truth, found], [truth, {}]).mIoU).toBe(measure(3, [truth, found]).mIoU);
  });

  test('is of the classes of the data set that fits, if nobody says how many there are', () => {
    expect(measure(undefined, [{ categories: drawMap('x6') }, { semantic: drawMap('00') }]).IoU).toHaveLength(7);
    expect(measure(undefined, [{ categories: drawMap('x7') }, { semantic: drawMap('00') }]).IoU).toHaveLength(20);
    expect(measure(undefined, [{ categories: drawMap('00') }, { semantic: drawMap('08') }]).IoU).toHaveLength(20);
  });

  test('refuses a class that there is not', () => {
    expect(() => measure(3, [truth, { semantic: drawMap('0311', '0122') }])).toThrow(
      'class 3, but there are 3 classes',
    );
    expect(() => measure(undefined, [truth, { semantic: drawMap('0x11', '0122') }])).toThrow('not counted');
  });
});

describe('APr', () => {
  const map = drawMap('1122', '1122', '3344');
  const truth = { parts: { map, parts: [1, 2, 3].map((id) => ({ id, classId: id === 3 ? 2 : 1 })) } };
  const part = (id: number, classId: number, score: number) => ({ id, classId, score });

  test('counts a part above the threshold, and several that hit the same one', () => {
    // Part 5 is 3 of 4 pixels of part 1: IoU 0.75. Part 6 is the fourth: IoU 0.25.
    const found = [part(5, 1, 0.9), part(6, 1, 0.8)];
    const { APr_cat: perClass, APr } = measure(3, [truth, { parts: { map: drawMap('55..', '56..', '....'), found } }]);
    // Up to 0.2 both are right, of two: 1. Up to 0.7 one is: 0.5. Class 2 was not found: 0.
    expect(perClass?.[0]).toBeCloseTo((2 * 1 + 5 * 0.5 + 2 * 0) / 9, 12);
    expect(perClass?.[1]).toBe(0);
    expect(APr?.['0.10']).toBe(0.5);
    expect(APr?.['0.70']).toBe(0.25);
  });

  test('is undefined for a class that was found and is nowhere, and 0 for one that neither is', () => {
    const found = [part(5, 3, 0.9), part(6, 0, 0.9), part(7, 9, 0.9)];
    const figures = measure(5, [truth, { parts: { map: drawMap('5...', '67..', '....'), found } }]);
    expect(figures.APr_cat).toEqual([0, 0, null, 0]);
    expect(figures.mAPr).toBe(0);
  });

  test('does not count true parts without a pixel, and pixels without a line', () => {
    const parts = [part(1, 1, 0), part(9, 1, 0), part(0, 1, 0)];
    const prediction = { parts: { map, found: [part(1, 1, 0.9)] } };
    expect(measure(2, [{ parts: { map, parts } }, prediction]).mAPr).toBe(1);
  });

  test('counts a wrong part of a photo that has none, and true parts of a photo without a prediction', () => {
    const right = { parts: { map, found: [part(1, 1, 0.9)] } };
    const none = { parts: { map: drawMap('....', '....', '....'), parts: [] } };
    expect(measure(2, [truth, right]).mAPr).toBeCloseTo(0.5, 12);
    expect(measure(2, [truth, right], [truth, {}]).mAPr).toBeCloseTo(0.25, 12);
    const surer = { parts: { map, found: [part(2, 1, 0.95)] } };
    expect(measure(2, [truth, right], [none, surer]).mAPr).toBeCloseTo(0.25, 12);
  });
});

test('APh is of outlines, from 0.5 on', () => {
  const people = drawMap('1111', '2222');
  const found = [
    { id: 1, score: 0.9 },
    { id: 2, score: 0.2 },
  ];
  // IoU 0.75 and 1.
  const figures = measure(2, [{ people }, { people: { map: drawMap('111.', '2222'), found } }]);
  expect(figures.APh?.['0.70']).toBe(1);
  // The surer one is wrong: precision 1/2 at recall 1/2.
  expect(figures.APh?.['0.75']).toBe(0.25);
  expect(figures.APr).toBeNull();
  expect(figures.mIoU).toBeNull();
});

describe('APp and PCP', () => {
  const truth = { categories: drawMap('1122', '1100', '3300'), people: drawMap('1111', '1111', '2222') };
  const person = (id: number, score: number) => ({ id, score });
  const parse = (categories: string[], ids: string[], found: { id: number; score: number }[]): PhotoPrediction => ({
    parsing: { categories: drawMap(...categories), people: drawMap(...ids), found },
  });

  test('average the classes that either person has, with the background of the whole photo', () => {
    const figures = measure(4, [truth, parse(['1100', '1100', '0000'], ['1111', '1111', '....'], [person(1, 0.9)])]);
    // Background: 6 right of 8 found. Class 1: 4 of 4. Class 2: 0 of 2. Mean (0.75 + 1 + 0) / 3 = 0.583.
    expect(figures.APp?.['0.50']).toBe(0.5);
    expect(figures.APp?.['0.60']).toBe(0);
    // One of two parts of person 1; person 2 was not found.
    expect(figures.PCP?.['0.50']).toBe(0.25);
    expect(figures.PCP?.['0.60']).toBe(0);
  });

  test('match a true person once, the surest first, and leave out whom nobody is sure of', () => {
    const exact = (found: { id: number; score: number }[]) =>
      parse(['1122', '1100', '3300'], ['1111', '1111', '2222'], found);
    expect(measure(4, [truth, exact([person(1, 0.9), person(2, 0.8)])]).mAPp).toBe(1);
    const twice = measure(4, [truth, exact([person(1, 0.9), person(1, 0.85), person(2, 0.8)])]);
    expect(twice.mAPp).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12);
    expect(measure(4, [truth, exact([person(1, 0.9), person(2, 0.0009)])]).mAPp).toBe(0.5);
    expect(measure(4, [truth, exact([person(1, 0.9), person(2, 0.001)])]).mAPp).toBe(1);
  });

  test('do not count pixels of a true person whose class is not counted', () => {
    const partly = { categories: drawMap('11x7', '1100', '3300'), people: truth.people };
    const found = parse(['1122', '1100', '0000'], ['1111', '1111', '....'], [person(1, 0.9)]);
    expect(measure(4, [partly, found]).APp?.['0.90']).toBe(0.5);
    expect(measure(4, [partly, found]).PCP?.['0.90']).toBe(0.5);
  });

  test('are undefined if there is nobody, and 0 if nobody is found', () => {
    const nobody = { categories: drawMap('00'), people: drawMap('..') };
    expect(measure(4, [nobody, parse(['00'], ['1.'], [person(1, 0.9)])]).mAPp).toBeNull();
    expect(measure(4, [truth, parse(['0000', '0000', '0000'], ['....', '....', '....'], [])])).toMatchObject({
      mAPp: 0,
      PCP: { '0.10': 0 },
    });
  });
});

test('maps of one photo that differ in size are refused, and the photo is not counted', () => {
  const evaluator = new Evaluator(3);
  const truth = { name: 'a', categories: drawMap('01'), people: drawMap('1', '1') };
  expect(() => evaluator.add(truth, { semantic: drawMap('01') })).toThrow('Human_ids/a.png has 1 x 2 px');
  expect(evaluator.result().mIoU).toBeNull();
});

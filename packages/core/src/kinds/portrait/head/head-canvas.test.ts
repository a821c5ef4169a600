import { describe, expect, it } from 'vitest';
import { classOf, testGrid, testRules } from '../../../../testing/parsing/head-map.ts';
import { addView, clearCanvas, createHeadCanvas } from './head-canvas.ts';
import { toHeadMap } from './head-map.ts';
import { hairInDoubt, findContinuingHair } from './long-hair.ts';
import { likeliestAt, type ClassMap } from './segmenter.ts';
import { touchedSides, type View } from './view-plan.ts';

const classes = testRules.length;
const grid = testGrid(60, 60, 10);
const view: View = { center: { x: 0, y: 0 }, side: 4, weight: 1, maxDoubt: 1, isFaceless: false };
const faithful = Uint8Array.from(testRules, (_, id) => id);
const everywhere = () => true;

/** A view of 40x40 px that is sure of one class per pixel; u and v are in sides from its middle. */
function mapOf(letterAt: (u: number, v: number) => string): ClassMap {
  const size = 40;
  const data = new Float32Array(size * size * classes);
  for (let i = 0; i < size * size; i++) {
    const letter = letterAt(((i % size) + 0.5) / size - 0.5, (Math.floor(i / size) + 0.5) / size - 0.5);
    data[i * classes + classOf(letter)] = 1;
  }
  return { data, size, classes, step: 1 };
}

function canvasOf(...views: [View, ClassMap][]) {
  const canvas = createHeadCanvas(grid, classes);
  for (const [of, map] of views) addView(canvas, map, of, faithful);
  return canvas;
}

describe('views on a canvas', () => {
  it('count less toward their border, in round contours, and not at all in their corners', () => {
    const { depths } = canvasOf([view, mapOf(() => 's')]);
    const at = (x: number, y: number) => depths[(30 + 10 * y) * 60 + 30 + 10 * x] ?? NaN;
    expect(at(0, 0)).toBe(1);
    expect(at(1.5, 0)).toBeGreaterThan(at(1.8, 0));
    expect(at(1.8, 1.8)).toBe(0);
    expect(at(2.5, 0)).toBe(0);
  });

  it('agree on their mean, weighted', () => {
    const canvas = canvasOf([view, mapOf(() => 's')], [{ ...view, weight: 3 }, mapOf(() => 'h')]);
    const start = (30 * 60 + 30) * classes;
    const share = (letter: string) =>
      (canvas.sums[start + classOf(letter)] ?? NaN) / (canvas.weights[30 * 60 + 30] ?? NaN);
    expect(share('s')).toBeCloseTo(0.25);
    expect(share('h')).toBeCloseTo(0.75);
  });

  it('keep an edge where it is, between two pixels', () => {
    const { sums } = canvasOf([view, mapOf((u) => (u < 0 ? 's' : '.'))]);
    const row = Array.from({ length: 20 }, (_, j) => likeliestAt(sums, (30 * 60 + 20 + j) * classes, classes));
    expect(row).toEqual([...Array<number>(10).fill(1), ...Array<number>(10).fill(0)]);
  });

  it('count a class as another if told to, and leave nothing behind when cleared', () => {
    const canvas = createHeadCanvas(grid, classes);
    addView(
      canvas,
      mapOf(() => 's'),
      view,
      faithful.with(classOf('s'), 0),
    );
    expect(toHeadMap(canvas, testRules).likeliest.every((value) => value === 0)).toBe(true);
    clearCanvas(canvas);
    expect([canvas.sums, canvas.weights, canvas.depths].every((values) => values.every((value) => value === 0))).toBe(
      true,
    );
  });
});

describe('a head’s map', () => {
  it('fades cloth out along a bust and keeps hair', () => {
    const wide = { ...view, side: 6 };
    const drawn = (letter: string) => toHeadMap(canvasOf([wide, mapOf(() => letter)]), testRules).likeliest;
    const below = (29 + 23) * 60 + 30;
    expect(drawn('c')[30 * 60 + 30]).toBe(classOf('c'));
    expect(drawn('c')[below]).toBe(0);
    expect(drawn('h')[below]).toBe(classOf('h'));
  });

  it('covers what views saw, at the same places, in sides of whole coarse cells', () => {
    const aside = { ...view, center: { x: 0.5, y: 0 }, side: 2 };
    const { grid: part, likeliest } = toHeadMap(canvasOf([aside, mapOf(() => 'h')]), testRules);
    expect([part.columns % 4, part.rows % 4]).toEqual([0, 0]);
    expect(part.left).toBeLessThanOrEqual(-0.5);
    expect(part.left + part.columns / part.cellsPerWidth).toBeGreaterThanOrEqual(1.5);
    expect(part.columns).toBeLessThan(grid.columns);
    const row = Math.floor(-part.top * part.cellsPerWidth);
    const column = Math.floor((0.5 - part.left) * part.cellsPerWidth);
    expect(likeliest[row * part.columns + column]).toBe(classOf('h'));
  });

  it('has probabilities that sum to 255', () => {
    const { probabilities, likeliest } = toHeadMap(canvasOf([view, mapOf((u) => (u < 0 ? 's' : 'h'))]), testRules);
    for (let cell = 0; cell < likeliest.length; cell++) {
      const sum = probabilities
        .subarray(cell * classes, (cell + 1) * classes)
        .reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 255)).toBeLessThanOrEqual(1);
    }
  });
});

describe('continuing past a view', () => {
  it('is seen on the sides that something touches', () => {
    const map = mapOf((u, v) => (Math.abs(u) < 0.2 && v > -0.3 ? 'c' : '.'));
    expect(touchedSides(map, everywhere)).toEqual({ left: false, right: false, top: false, bottom: true });
  });

  it('is not seen for a speck or for what belongs to someone else', () => {
    const speck = mapOf((u, v) => (u > 0.47 && Math.abs(v) < 0.02 ? 'h' : '.'));
    expect(touchedSides(speck, everywhere).right).toBe(false);
    const full = mapOf(() => 'h');
    expect(touchedSides(full, (u) => u < 0)).toMatchObject({ left: true, right: false });
  });

  it('is followed to where most of the hair is', () => {
    const canvas = canvasOf([view, mapOf((u, v) => (v > 0 && u > 0.1 && u < 0.3 ? 'h' : '.'))]);
    const place = findContinuingHair(canvas, testRules, everywhere);
    expect(place?.x).toBeGreaterThan(0.3);
    expect(place?.y).toBeGreaterThan(1);
    expect(findContinuingHair(canvas, testRules, () => false)).toBeUndefined();
    expect(findContinuingHair(canvasOf([view, mapOf(() => 'c')]), testRules, everywhere)).toBeUndefined();
  });
});

describe('a view that takes known background for hair', () => {
  const known = canvasOf([view, mapOf((u) => (u < 0 ? 'h' : '.'))]);

  const doubtOf = (
    map: ReturnType<typeof mapOf>,
    place = view,
    isOwn: (u: number, v: number) => boolean = everywhere,
  ) => hairInDoubt(known, map, place, testRules, isOwn);

  it('is in doubt by that share', () => {
    expect(doubtOf(mapOf((u) => (u < 0 ? 'h' : '.')))).toBe(0);
    expect(doubtOf(mapOf(() => 'h'))).toBeCloseTo(0.5, 1);
    expect(doubtOf(mapOf((u) => (u > 0 ? 'h' : '.')))).toBe(1);
  });

  it('is not in doubt if nothing is known or the place belongs to another head', () => {
    const away = { ...view, center: { x: 5, y: 0 } };
    expect(
      doubtOf(
        mapOf(() => 'h'),
        away,
      ),
    ).toBe(0);
    expect(
      doubtOf(
        mapOf(() => 'h'),
        view,
        () => false,
      ),
    ).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { classOf, drawMap, testGrid, toDrawing } from '../../../../testing/parsing/head-map.ts';
import type { Face } from '../detection/faces.ts';
import { createHeadFrame } from '../head/head-frame.ts';
import { createPyramid } from '../sampling/pyramid.ts';
import { claimAt, createClaim, findDistances, type PlacedHead } from './claim.ts';
import { findNeighbors, isOnOtherFace, isOwnPlace } from './neighbors.ts';
import { pasteHeads, insideRange } from './paste.ts';
import { settleNeighbors } from './settle.ts';

/** An upright face. */
function faceAt(x: number, y: number, width: number): Face {
  const point = (dx: number, dy: number) => ({ x: x + dx * width, y: y + dy * width });
  const [rightEye, leftEye] = [point(-0.2, -0.2), point(0.2, -0.2)];
  return {
    score: 1,
    center: { x, y },
    width,
    height: width,
    rightEye,
    leftEye,
    nose: point(0, 0),
    mouth: point(0, 0.2),
  };
}

/** A head whose map is drawn, 10 cells per face width, without neighbors. */
function headAt(x: number, y: number, width: number, drawing: string[]): PlacedHead {
  return { frame: createHeadFrame(faceAt(x, y, width)), map: drawMap(drawing, 10), claim: undefined };
}

const square = (letter: string, cells: number) => Array.from({ length: cells }, () => letter.repeat(cells));
const framed = (letter: string, cells: number) => [
  '.'.repeat(cells + 2),
  ...square(letter, cells).map((row) => `.${row}.`),
  '.'.repeat(cells + 2),
];

describe('pasting heads on a photo', () => {
  it('scales and shifts them, with edges halfway between cells', () => {
    const [mask, ...others] = pasteHeads([headAt(100, 80, 40, framed('s', 8))], { width: 200, height: 160 });
    expect(others).toEqual([]);
    expect(mask).toMatchObject({ head: 0, classId: classOf('s') });
    // 8 cells of 4 px: 32 px around the middle, and a little of the pixels between the last cells and the frame.
    const [x, y, w, h] = mask?.mask.bbox ?? [0, 0, 0, 0];
    expect([x + w / 2, y + h / 2]).toEqual([100, 80]);
    expect(Math.abs(w - 32)).toBeLessThanOrEqual(4);
    expect(h).toBe(w);
    expect(mask?.score).toBeGreaterThan(0.7);
    expect(mask?.score).toBeLessThanOrEqual(200 / 255);
  });

  it('gives smooth outlines at any size', () => {
    const disc = Array.from({ length: 24 }, (_, i) =>
      Array.from({ length: 24 }, (_, j) => (Math.hypot(i - 11.5, j - 11.5) < 8 ? 's' : '.')).join(''),
    );
    const [mask] = pasteHeads([headAt(400, 400, 320, disc)], { width: 800, height: 800 });
    const widths = Array.from({ length: 400 }, (_, i) => {
      const run = mask?.mask.rowStart[i] ?? 0;
      return (mask?.mask.runs[2 * run + 1] ?? NaN) - (mask?.mask.runs[2 * run] ?? NaN);
    });
    const jumps = widths.slice(1).map((width, i) => Math.abs(width - (widths[i] ?? NaN)));
    // A cell is 32 px: if cells were pasted as they are, rows would jump by as much.
    expect(Math.max(...jumps.slice(60, 340))).toBeLessThan(16);
  });

  it('cuts heads at the photo’s border and ignores those outside', () => {
    const heads = [headAt(0, 0, 40, framed('s', 8)), headAt(-500, 900, 40, framed('s', 8))];
    const masks = pasteHeads(heads, { width: 60, height: 50 });
    expect(masks.map(({ head, mask }) => [head, mask.bbox[0], mask.bbox[1]])).toEqual([[0, 0, 0]]);
  });

  it('gives each pixel to the head that is surest of it, and to no other', () => {
    const sure = headAt(40, 40, 40, framed('s', 8));
    const unsure = headAt(56, 40, 40, framed('h', 8));
    unsure.map.probabilities.forEach((value, i, all) => (all[i] = value === 200 ? 150 : value === 55 ? 105 : value));
    const masks = pasteHeads([unsure, sure], { width: 100, height: 80 });
    expect(masks.map(({ head, classId }) => [head, classId])).toEqual([
      [0, classOf('h')],
      [1, classOf('s')],
    ]);
    const [hair, skin] = masks;
    const area = (skin?.mask.area ?? 0) + (hair?.mask.area ?? 0);
    const alone = pasteHeads([sure], { width: 100, height: 80 })[0]?.mask.area ?? 0;
    expect(skin?.mask.area).toBeGreaterThan(0.9 * alone);
    expect(area).toBeLessThan(2 * alone);
  });
});

describe('neighbors', () => {
  const faces = [faceAt(100, 100, 50), faceAt(180, 100, 50), faceAt(2000, 100, 50)];
  const frame = createHeadFrame(faces[0] ?? faceAt(0, 0, 1));
  const neighbors = findNeighbors(faces[0] ?? faceAt(0, 0, 1), frame, faces);

  it('are the other faces nearby, in the head’s coordinates', () => {
    expect(neighbors).toEqual([{ x: 1.6, y: 0, size: 1 }]);
  });

  it('keep their own faces and their surroundings', () => {
    expect(isOnOtherFace(1.5, 0, neighbors)).toBe(true);
    expect(isOnOtherFace(0.1, 0, neighbors)).toBe(false);
    expect(isOwnPlace(0.7, 0, neighbors)).toBe(true);
    expect(isOwnPlace(1, 0, neighbors)).toBe(false);
    expect(isOwnPlace(-3, 0, neighbors)).toBe(true);
  });
});

describe('paths over a grid', () => {
  const grid = testGrid(20, 20, 10);
  const flat = { colors: new Float32Array(1200), colorStep: 4, freeStep: 0.03 };

  it('are as long as their cells cost', () => {
    const distances = findDistances(grid, {
      ...flat,
      costs: new Float32Array(400).fill(2),
      isStart: (cell) => cell === 0,
    });
    expect(distances[19]).toBeCloseTo(2 * 1.9);
    expect(distances[19 * 20 + 19]).toBeCloseTo(2 * 1.9 * Math.SQRT2);
  });

  it('go around what is costly', () => {
    const costs = new Float32Array(400).fill(1);
    for (let row = 0; row < 19; row++) costs[row * 20 + 10] = 100;
    const distances = findDistances(grid, { ...flat, costs, isStart: (cell) => cell === 0 });
    expect(distances[19]).toBeGreaterThan(3.5);
    expect(distances[19]).toBeLessThan(6);
  });

  it('take a change of color for a detour', () => {
    const colors = Float32Array.from({ length: 1200 }, (_, i) => (i % 20 < 10 ? -1 : 1));
    const distances = findDistances(grid, {
      ...flat,
      colors,
      costs: new Float32Array(400).fill(1),
      isStart: (cell) => cell === 0,
    });
    expect((distances[10] ?? NaN) - (distances[9] ?? NaN)).toBeCloseTo(0.1 + 4 * 0.97);
  });
});

describe('two heads that see the same', () => {
  const gray = createPyramid({ data: new Uint8Array(400 * 200 * 3).fill(120), width: 400, height: 200 });
  const faces = [faceAt(120, 100, 60), faceAt(280, 100, 60)];

  /** Both see hair everywhere, 40x40 cells of a tenth of a face's width. */
  function bothSeeing(): PlacedHead[] {
    return faces.map((face) => {
      const frame = createHeadFrame(face);
      const map = drawMap(square('h', 40), 10);
      return { frame, map, claim: createClaim(gray, frame, map, findNeighbors(face, frame, faces)) };
    });
  }

  it('claim what is near them', () => {
    const [left] = bothSeeing();
    if (!left?.claim) throw new Error('no claim');
    expect(claimAt(left.claim, 0, 0)).toBe(1);
    expect(claimAt(left.claim, 1, 0)).toBeLessThan(claimAt(left.claim, -1, 0) + 1e-6);
    expect(claimAt(left.claim, 2.6, 0)).toBeLessThan(0.01);
  });

  it('meet halfway, with no gap between', () => {
    const heads = bothSeeing();
    settleNeighbors(heads);
    const masks = pasteHeads(heads, { width: 400, height: 200 });
    expect(masks.map(({ head }) => head)).toEqual([0, 1]);
    const [left, right] = masks.map(({ mask }) => mask);
    const row = 100 - (left?.bbox[1] ?? 0);
    const end = left?.runs[2 * (left.rowStart[row] ?? 0) + 1];
    expect(end).toBe(right?.runs[2 * (right.rowStart[100 - right.bbox[1]] ?? 0)]);
    expect(Math.abs((end ?? NaN) - 200)).toBeLessThan(8);
  });

  it('keep no scraps on the other’s side', () => {
    const heads = bothSeeing();
    settleNeighbors(heads);
    const [left] = heads.map(({ map }) => toDrawing(map));
    const beyond = left?.map((row) => row.slice(36)).join('');
    expect(beyond).not.toContain('h');
  });
});

describe('the pixels of a row that are inside', () => {
  it('are those at which every line is at least 0 and below its end', () => {
    expect(insideRange(10, [-2, 1, 5])).toEqual([2, 7]);
    expect(insideRange(10, [-2, 1, 5], [9, -2, 20])).toEqual([2, 5]);
    expect(insideRange(10, [3, 0, 4])).toEqual([0, 10]);
  });

  it('are none if a line stays outside, on either side', () => {
    expect(insideRange(10, [-30, 1, 5])).toEqual([0, 0]);
    expect(insideRange(10, [30, 1, 5])).toEqual([0, 0]);
    expect(insideRange(10, [4, 0, 4])).toEqual([0, 0]);
    expect(insideRange(10, [-2, 1, 5], [-9, 1, 20])).toEqual([0, 0]);
  });
});

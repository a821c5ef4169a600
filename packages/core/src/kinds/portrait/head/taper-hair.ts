/**
 * Ends hair that continues past all views in a tip, as a lock ends, instead of along the border of a view.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { lengthOf } from '../sampling/similarity.ts';
import { type CanvasPart, type HeadCanvas, seenPart, smoothStep } from './head-canvas.ts';
import { unseenDepth, type HeadMap } from './head-map.ts';
import type { HeadGrid } from './head-frame.ts';
import { background, type PartRule } from './part-rules.ts';
import { likeliestAt } from './segmenter.ts';

/** Face widths: how round a tip is, how soft its outline is, and how near to the face it can be. */
const tip = { radius: 0.5, soft: 0.06, from: 1.4 };

/** Turns hair into background: the nearer to where it leaves the views, the deeper inside the hair a cell has to be. */
export function taperHair(map: HeadMap, canvas: HeadCanvas, rules: readonly PartRule[]): void {
  const { grid, classes, probabilities, likeliest } = map;
  const part = seenPart(canvas);
  const leaving = findLeaving(canvas, part, rules);
  // What is within the radius of a tip may be tapered, by outlines that are hardly farther from it than that.
  const box = boxAround(leaving, grid, Math.ceil((2 * tip.radius + tip.soft) * grid.cellsPerWidth));
  if (!box) return;
  const outline = new Uint8Array(likeliest.length);
  const isFirm = Uint8Array.from(rules, ({ isLoose }) => (isLoose ? 0 : 1));
  for (let row = box.top; row < box.bottom; row++) {
    for (let column = box.left; column < box.right; column++) {
      const cell = row * grid.columns + column;
      const depth = canvas.depths[part.first + row * part.rowStep + column]!;
      if (depth > unseenDepth) outline[cell] = isFirm[likeliest[cell]!]!;
    }
  }
  const toBorder = distancesTo(leaving, grid.columns, box);
  const inside = distancesTo(outline, grid.columns, box);
  for (let row = box.top, at = 0; row < box.bottom; row++) {
    for (let column = box.left; column < box.right; column++, at++) {
      const cell = row * grid.columns + column;
      const left = 1 - toBorder[at]! / grid.cellsPerWidth / tip.radius;
      if (left <= 0 || isFirm[likeliest[cell]!] === 1) continue;
      const needed = tip.radius * (1 - Math.sqrt(1 - left * left));
      const kept = smoothStep(0.5 + (inside[at]! / grid.cellsPerWidth - needed) / tip.soft);
      if (kept === 1) continue;
      const start = cell * classes;
      let rest = 255;
      for (let c = 1; c < classes; c++) rest -= probabilities[start + c] = Math.round(probabilities[start + c]! * kept);
      probabilities[start + background] = rest;
      likeliest[cell] = likeliestAt(probabilities, start, classes);
    }
  }
}

/** Rows and columns of a grid; `bottom` and `right` are past the last ones. */
interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The cells that are set and those up to `reach` rows and columns around them; undefined if none is set. */
function boxAround(isSet: Uint8Array, { rows, columns }: HeadGrid, reach: number): Box | undefined {
  let [top, bottom, left, right] = [rows, -1, columns, -1];
  for (let row = 0, start = 0; row < rows; row++, start += columns) {
    const cells = isSet.subarray(start, start + columns);
    const first = cells.indexOf(1);
    if (first < 0) continue;
    top = Math.min(top, row);
    bottom = row;
    left = Math.min(left, first);
    right = Math.max(right, cells.lastIndexOf(1));
  }
  if (bottom < 0) return undefined;
  return {
    top: Math.max(top - reach, 0),
    bottom: Math.min(bottom + reach + 1, rows),
    left: Math.max(left - reach, 0),
    right: Math.min(right + reach + 1, columns),
  };
}

/** 1 for each cell of hair at the very border of what was seen, except at the top of the head. */
function findLeaving(canvas: HeadCanvas, part: CanvasPart, rules: readonly PartRule[]): Uint8Array {
  const { classes, sums, depths } = canvas;
  const { grid } = part;
  const leaving = new Uint8Array(grid.columns * grid.rows);
  for (let i = 0, cell = 0; i < grid.rows; i++) {
    const y = grid.top + (i + 0.5) / grid.cellsPerWidth;
    for (let place = part.first + i * part.rowStep, j = 0; j < grid.columns; j++, place++, cell++) {
      if (depths[place]! <= 0 || depths[place]! > unseenDepth) continue;
      const x = grid.left + (j + 0.5) / grid.cellsPerWidth;
      if (lengthOf(x, y) < tip.from) continue;
      if (rules[likeliestAt(sums, place * classes, classes)]!.isLoose) leaving[cell] = 1;
    }
  }
  return leaving;
}

/** Distance in cells from each cell of the box to the nearest one in it that is set: two passes, steps of 1 and √2. */
function distancesTo(isSet: Uint8Array, columns: number, box: Box): Float32Array {
  const rows = box.bottom - box.top;
  const across = box.right - box.left;
  // A cell of Infinity on either side of each row, and a row of them above and below.
  const width = across + 2;
  const distances = new Float32Array(width * (rows + 2)).fill(Infinity);
  const pass = (direction: 1 | -1) => {
    for (let n = 0; n < rows; n++) {
      const row = direction > 0 ? n : rows - 1 - n;
      const j = direction > 0 ? 0 : across - 1;
      let cell = (box.top + row) * columns + box.left + j;
      let at = (row + 1) * width + 1 + j;
      for (let k = 0; k < across; k++, cell += direction, at += direction) {
        const above = at - direction * width;
        const straight = least(distances[at - direction]!, distances[above]!) + 1;
        const diagonal = least(distances[above - 1]!, distances[above + 1]!) + Math.SQRT2;
        distances[at] = isSet[cell] === 1 ? 0 : least(distances[at]!, least(straight, diagonal));
      }
    }
  };
  pass(1);
  pass(-1);
  return withoutFrame(distances, across, rows);
}

function withoutFrame(framed: Float32Array, columns: number, rows: number): Float32Array {
  const inner = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const start = (row + 1) * (columns + 2) + 1;
    inner.set(framed.subarray(start, start + columns), row * columns);
  }
  return inner;
}

function least(a: number, b: number): number {
  return a < b ? a : b;
}

/**
 * Ends hair that continues past all views in a tip, as a lock ends, instead of along the border of a view.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { lengthOf } from '../sampling/similarity.ts';
import { type CanvasPart, type HeadCanvas, seenPart, smoothStep } from './head-canvas.ts';
import { unseenDepth, type HeadMap } from './head-map.ts';
import { background, type PartRule } from './part-rules.ts';
import { likeliestAt } from './segmenter.ts';

/** Face widths: how round a tip is, how soft its outline is, and how near to the face it can be. */
const tip = { radius: 0.5, soft: 0.06, from: 1.4 };

/** Turns hair into background: the nearer to where it leaves the views, the deeper inside the hair a cell has to be. */
export function taperHair(map: HeadMap, canvas: HeadCanvas, rules: readonly PartRule[]): void {
  const { grid, classes, probabilities, likeliest } = map;
  const part = seenPart(canvas);
  const leaving = findLeaving(canvas, part, rules);
  if (!leaving.includes(1)) return;
  const outline = new Uint8Array(likeliest.length);
  const isFirm = Uint8Array.from(rules, ({ isLoose }) => (isLoose ? 0 : 1));
  for (let i = 0, cell = 0; i < grid.rows; i++) {
    for (let place = part.first + i * part.rowStep, j = 0; j < grid.columns; j++, place++, cell++) {
      if (canvas.depths[place]! > unseenDepth) outline[cell] = isFirm[likeliest[cell]!]!;
    }
  }
  const toBorder = distancesTo(leaving, grid.columns);
  const inside = distancesTo(outline, grid.columns);
  for (let cell = 0; cell < likeliest.length; cell++) {
    const left = 1 - toBorder[cell]! / grid.cellsPerWidth / tip.radius;
    if (left <= 0 || !rules[likeliest[cell]!]!.isLoose) continue;
    const needed = tip.radius * (1 - Math.sqrt(1 - left * left));
    const kept = smoothStep(0.5 + (inside[cell]! / grid.cellsPerWidth - needed) / tip.soft);
    if (kept === 1) continue;
    const start = cell * classes;
    let rest = 255;
    for (let c = 1; c < classes; c++) rest -= probabilities[start + c] = Math.round(probabilities[start + c]! * kept);
    probabilities[start + background] = rest;
    likeliest[cell] = likeliestAt(probabilities, start, classes);
  }
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

/** Distance in cells from each cell to the nearest one that is set, by two passes with steps of 1 and √2. */
function distancesTo(isSet: Uint8Array, columns: number): Float32Array {
  const rows = isSet.length / columns;
  // A cell of Infinity on either side of each row, and a row of them above and below.
  const width = columns + 2;
  const distances = new Float32Array(width * (rows + 2)).fill(Infinity);
  const pass = (direction: 1 | -1) => {
    for (let n = 0; n < rows; n++) {
      const row = direction > 0 ? n : rows - 1 - n;
      let cell = direction > 0 ? row * columns : (row + 1) * columns - 1;
      let at = cell + width + 1 + 2 * row;
      for (let j = 0; j < columns; j++, cell += direction, at += direction) {
        const above = at - direction * width;
        const straight = least(distances[at - direction]!, distances[above]!) + 1;
        const diagonal = least(distances[above - 1]!, distances[above + 1]!) + Math.SQRT2;
        distances[at] = isSet[cell] === 1 ? 0 : least(distances[at]!, least(straight, diagonal));
      }
    }
  };
  pass(1);
  pass(-1);
  return withoutFrame(distances, columns, rows);
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

/**
 * Ends hair that continues past all views in a tip, as a lock ends, instead of along the border of a view.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { smoothStep, type HeadCanvas } from './head-canvas.ts';
import { middleOf } from './head-frame.ts';
import { unseenDepth, type HeadMap } from './head-map.ts';
import { background, type PartRule } from './part-rules.ts';
import { likeliestAt } from './segmenter.ts';

/** Face widths: how round a tip is, how soft its outline is, and how near to the face it can be. */
const tip = { radius: 0.5, soft: 0.06, from: 1.4 };

/** Turns hair into background: the nearer to where it leaves the views, the deeper inside the hair a cell has to be. */
export function taperHair(map: HeadMap, canvas: HeadCanvas, rules: readonly PartRule[]): void {
  const { grid, classes, probabilities, likeliest } = map;
  const leaving = findLeaving(canvas, rules);
  if (!leaving.includes(1)) return;
  const outline = likeliest.map((id, cell) => (canvas.depths[cell]! > unseenDepth && !rules[id]!.isLoose ? 1 : 0));
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
function findLeaving({ grid, classes, sums, depths }: HeadCanvas, rules: readonly PartRule[]): Uint8Array {
  const leaving = new Uint8Array(depths.length);
  for (let cell = 0; cell < depths.length; cell++) {
    if (depths[cell]! <= 0 || depths[cell]! > unseenDepth) continue;
    const { x, y } = middleOf(grid, cell);
    if (Math.hypot(x, y) < tip.from) continue;
    if (rules[likeliestAt(sums, cell * classes, classes)]!.isLoose) leaving[cell] = 1;
  }
  return leaving;
}

/** Distance in cells from each cell to the nearest one that is set, by two passes with steps of 1 and √2. */
function distancesTo(isSet: Uint8Array, columns: number): Float32Array {
  const cells = isSet.length;
  // A row and a cell of Infinity on either side. The ends of rows are beyond all views: wrapping there does no harm.
  const frame = columns + 1;
  const distances = new Float32Array(cells + 2 * frame).fill(Infinity);
  const pass = (direction: 1 | -1) => {
    const first = direction > 0 ? 0 : cells - 1;
    for (let n = 0, cell = first; n < cells; n++, cell += direction) {
      const at = cell + frame;
      const above = at - direction * columns;
      const straight = least(distances[at - direction]!, distances[above]!) + 1;
      const diagonal = least(distances[above - 1]!, distances[above + 1]!) + Math.SQRT2;
      distances[at] = isSet[cell] === 1 ? 0 : least(distances[at]!, least(straight, diagonal));
    }
  };
  pass(1);
  pass(-1);
  return distances.subarray(frame, frame + cells);
}

function least(a: number, b: number): number {
  return a < b ? a : b;
}

/**
 * Ends hair that goes on past all views in a tip, as a lock ends, instead of along the border of a view.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { smoothStep } from './axis-samples.ts';
import type { HeadCanvas } from './head-canvas.ts';
import type { HeadMap } from './head-map.ts';
import { likeliestAt } from './likeliest.ts';
import { background, type PartRule } from './part-rules.ts';

/** Depth inside of the views at which tips begin, and below which nothing was seen well enough. */
const tip = { from: 0.9, unseen: 0.1 };
/** Half the width, face widths, of the hair that a tip leaves at its very end, and of the soft border. */
const taper = { reach: 0.75, soft: 0.06 };

/** Gives the background what hair loses. Towards the views' border, hair has to lie deeper and deeper within itself. */
export function taperHair(map: HeadMap, { depths }: HeadCanvas, rules: readonly PartRule[]): void {
  const { grid, classes, probabilities, likeliest } = map;
  const isEnding = (cell: number) => rules[likeliest[cell]!]!.isLoose === true && depths[cell]! < tip.from;
  if (!likeliest.some((_, cell) => isEnding(cell))) return;
  const inside = distancesInside(map, depths, rules);
  for (let cell = 0; cell < likeliest.length; cell++) {
    if (!isEnding(cell)) continue;
    const needed = (1 - depths[cell]! / tip.from) * taper.reach;
    const kept = smoothStep(0.5 + (inside[cell]! / grid.cellsPerWidth - needed) / taper.soft);
    if (kept === 1) continue;
    const start = cell * classes;
    let rest = 255;
    for (let c = 1; c < classes; c++) rest -= probabilities[start + c] = Math.round(probabilities[start + c]! * kept);
    probabilities[start + background] = rest;
    likeliest[cell] = likeliestAt(probabilities, start, classes);
  }
}

/** Distance, cells, to the nearest cell that was seen and is no hair, by two passes with steps of 1 and √2. */
function distancesInside({ grid, likeliest }: HeadMap, depths: Float32Array, rules: readonly PartRule[]): Float32Array {
  const { columns } = grid;
  const distances = new Float32Array(likeliest.length);
  for (let cell = 0; cell < distances.length; cell++) {
    const isOutline = depths[cell]! > tip.unseen && !rules[likeliest[cell]!]!.isLoose;
    distances[cell] = isOutline ? 0 : Infinity;
  }
  const pass = (direction: 1 | -1) => {
    for (let n = 0; n < distances.length; n++) {
      const cell = direction > 0 ? n : distances.length - 1 - n;
      // The rows' ends are beyond all views, so that stepping over them does no harm.
      const before = distances[cell - direction] ?? Infinity;
      const above = cell - direction * columns;
      const straight = Math.min(before, distances[above] ?? Infinity) + 1;
      const diagonal = Math.min(distances[above - 1] ?? Infinity, distances[above + 1] ?? Infinity) + Math.SQRT2;
      distances[cell] = Math.min(distances[cell]!, straight, diagonal);
    }
  };
  pass(1);
  pass(-1);
  return distances;
}

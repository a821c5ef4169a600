/**
 * Lengths of shortest ways over a grid.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadGrid } from '../head/head-grid.ts';

export interface Terrain {
  /** What a face width of way costs, a cell; at least 1. */
  readonly costs: Float32Array;
  /** Three planes, -1..1. */
  readonly colours: Float32Array;
  /** What a step of colour from black to white costs between neighbouring cells, once it passes `freeStep`. */
  readonly colourStep: number;
  readonly freeStep: number;
  /** Where ways begin. */
  isStart(cell: number): boolean;
}

/** Sweeps over the grid, forth and back. Ways that wind more often come out too long, which does not matter here. */
const sweeps = 4;

/** From the nearest start to each cell, face widths; Infinity where there is no start. */
export function findDistances(grid: HeadGrid, terrain: Terrain): Float32Array {
  const distances = terrain.costs.map((_, cell) => (terrain.isStart(cell) ? 0 : Infinity));
  for (let n = 0; n < sweeps; n++) {
    sweep(grid, terrain, distances, 1);
    sweep(grid, terrain, distances, -1);
  }
  return distances;
}

/** Shortens the ways to each cell from the four neighbours that a pass over the rows has seen before it. */
function sweep(
  { columns, cellsPerWidth }: HeadGrid,
  terrain: Terrain,
  distances: Float32Array,
  direction: 1 | -1,
): void {
  const { costs, colours, colourStep, freeStep } = terrain;
  const cells = distances.length;
  const step = 0.5 / cellsPerWidth;
  const shorten = (from: number, to: number, length: number) => {
    const start = distances[from]!;
    const way = start + length * step * (costs[from]! + costs[to]!);
    if (way >= distances[to]!) return;
    let colour = 0;
    for (let c = from, d = to; c < 3 * cells; c += cells, d += cells) {
      const difference = Math.abs(colours[c]! - colours[d]!);
      if (difference > colour) colour = difference;
    }
    const detour = colourStep * Math.max(colour / 2 - freeStep, 0);
    distances[to] = Math.min(distances[to]!, way + detour);
  };
  for (let n = 0; n < cells; n++) {
    const cell = direction > 0 ? n : cells - 1 - n;
    const column = cell % columns;
    const hasBefore = direction > 0 ? column > 0 : column + 1 < columns;
    const hasAfter = direction > 0 ? column + 1 < columns : column > 0;
    const above = cell - direction * columns;
    if (hasBefore) shorten(cell - direction, cell, 1);
    if (above < 0 || above >= cells) continue;
    shorten(above, cell, 1);
    if (hasBefore) shorten(above - direction, cell, Math.SQRT2);
    if (hasAfter) shorten(above + direction, cell, Math.SQRT2);
  }
}

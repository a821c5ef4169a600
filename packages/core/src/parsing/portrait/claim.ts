/**
 * How strongly a head claims each place around it, where other heads are near. The claim falls with the length of the
 * shortest way from its face, along which background and steps of colour count as detours: hair that falls over a
 * neighbour's shoulder belongs to the head from which it can be followed, and not to the one that is nearer in a line.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { CanvasGrid } from './head-canvas.ts';
import type { HeadFrame } from './head-frame.ts';
import type { HeadMap } from './head-map.ts';
import { background } from './part-rules.ts';
import type { Pyramid } from './pyramid.ts';
import { samplePhoto } from './sampling.ts';
import { apply, squareOnto, type Similarity } from './similarity.ts';

/** A claim for each cell of a grid, 0..1. */
export interface Claim {
  readonly grid: CanvasGrid;
  readonly values: Float32Array;
}

/** Another head in this head's coordinates: the middle of its face and its size, face widths of this one. */
export interface Neighbour {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Cells of the head's map along one of the claim. Coarse, so that the texture of hair and cloth averages out. */
const claimCoarseness = 4;
/** Lengths in face widths. */
const way = { backgroundFactor: 6, colourStep: 4, freeStep: 0.03, strangerFactor: 30, halving: 0.5 };
/** Radii of the faces: the head's own, where ways begin, and another's, which they avoid. */
const radius = { own: 0.4, other: 0.6 };

export function createClaim(pyramid: Pyramid, frame: HeadFrame, map: HeadMap, neighbours: readonly Neighbour[]): Claim {
  const grid = coarseGrid(map.grid);
  const costs = travelCosts(map, grid, neighbours);
  const steps = colourSteps(pyramid, frame, grid);
  const distances = new Float32Array(costs.length).fill(Infinity);
  for (let cell = 0; cell < costs.length; cell++) {
    const { x, y } = middleOf(grid, cell);
    if (Math.hypot(x, y) < radius.own && nearestFace(x, y, neighbours) >= Math.hypot(x, y)) distances[cell] = 0;
  }
  relax(distances, costs, steps, grid);
  return { grid, values: distances.map((distance) => 2 ** (-distance / way.halving)) };
}

/** Distance to the nearest other face in its own widths. */
export function nearestFace(x: number, y: number, neighbours: readonly Neighbour[]): number {
  return neighbours.reduce(
    (least, other) => Math.min(least, Math.hypot(x - other.x, y - other.y) / other.size),
    Infinity,
  );
}

/** True where a place is on another head's face rather than on the head's own. */
export function isOnOtherFace(x: number, y: number, neighbours: readonly Neighbour[]): boolean {
  const other = nearestFace(x, y, neighbours);
  return other < radius.other && other < Math.hypot(x, y);
}

function coarseGrid({ left, top, columns, rows, cellsPerWidth }: CanvasGrid): CanvasGrid {
  return {
    left,
    top,
    columns: columns / claimCoarseness,
    rows: rows / claimCoarseness,
    cellsPerWidth: cellsPerWidth / claimCoarseness,
  };
}

function middleOf({ left, top, columns, cellsPerWidth }: CanvasGrid, cell: number): { x: number; y: number } {
  return {
    x: left + ((cell % columns) + 0.5) / cellsPerWidth,
    y: top + (Math.floor(cell / columns) + 0.5) / cellsPerWidth,
  };
}

/** What a face width of way costs in each cell. */
function travelCosts(
  { grid: fine, classes, probabilities }: HeadMap,
  grid: CanvasGrid,
  neighbours: readonly Neighbour[],
) {
  const costs = new Float32Array(grid.columns * grid.rows);
  const perCell = 1 / (255 * claimCoarseness ** 2);
  for (let i = 0, cell = 0; i < fine.rows; i++) {
    const row = Math.floor(i / claimCoarseness) * grid.columns;
    for (let j = 0; j < fine.columns; j++, cell++) {
      const share = probabilities[cell * classes + background]! * perCell;
      costs[row + Math.floor(j / claimCoarseness)]! += share * way.backgroundFactor;
    }
  }
  for (let cell = 0; cell < costs.length; cell++) {
    const { x, y } = middleOf(grid, cell);
    costs[cell] = (1 + costs[cell]!) * (isOnOtherFace(x, y, neighbours) ? way.strangerFactor : 1);
  }
  return costs;
}

/** Planes R, G, B of the photo on the grid, -1..1. */
function colourSteps(pyramid: Pyramid, frame: HeadFrame, grid: CanvasGrid): Float32Array {
  const size = grid.columns;
  const side = size / grid.cellsPerWidth;
  const toHead = squareOnto(size, { center: { x: grid.left + side / 2, y: grid.top + side / 2 }, side, angle: 0 });
  const colours = new Float32Array(3 * size * size);
  samplePhoto(pyramid, { size, toPhoto: compose(frame.toPhoto, toHead), beyond: 'nearest' }, colours);
  return colours;
}

function compose(outer: Similarity, inner: Similarity): Similarity {
  const shift = apply(outer, { x: inner.tx, y: inner.ty });
  return {
    a: outer.a * inner.a - outer.b * inner.b,
    b: outer.b * inner.a + outer.a * inner.b,
    tx: shift.x,
    ty: shift.y,
  };
}

/**
 * Shortest ways over the grid from the cells at 0, by sweeping over it forth and back. Ways that wind more often than
 * there are sweeps come out too long, which does not matter here.
 */
function relax(distances: Float32Array, costs: Float32Array, colours: Float32Array, grid: CanvasGrid): void {
  const { columns, rows } = grid;
  const plane = columns * rows;
  const step = 1 / grid.cellsPerWidth;
  const reach = (from: number, to: number, length: number) => {
    const start = distances[from]!;
    if (start >= distances[to]!) return;
    let colour = 0;
    for (let c = 0; c < 3; c++)
      colour = Math.max(colour, Math.abs(colours[c * plane + from]! - colours[c * plane + to]!));
    const detour = way.colourStep * Math.max(colour / 2 - way.freeStep, 0);
    const distance = start + length * step * 0.5 * (costs[from]! + costs[to]!) + detour;
    if (distance < distances[to]!) distances[to] = distance;
  };
  for (let sweep = 0; sweep < 4; sweep++) {
    for (const direction of [1, -1]) {
      for (let n = 0; n < plane; n++) {
        const cell = direction > 0 ? n : plane - 1 - n;
        const column = cell % columns;
        const hasSide = direction > 0 ? column > 0 : column + 1 < columns;
        const hasOtherSide = direction > 0 ? column + 1 < columns : column > 0;
        const before = cell - direction * columns;
        if (hasSide) reach(cell - direction, cell, 1);
        if (before < 0 || before >= plane) continue;
        reach(before, cell, 1);
        if (hasSide) reach(before - direction, cell, Math.SQRT2);
        if (hasOtherSide) reach(before + direction, cell, Math.SQRT2);
      }
    }
  }
}

/** Bilinear; the arguments are columns and rows of the head's map, 0 in the middle of its first cell. */
export function claimAt({ grid: { columns, rows }, values }: Claim, column: number, row: number): number {
  const cx = Math.min(Math.max((column + 0.5) / claimCoarseness - 0.5, 0), columns - 1);
  const cy = Math.min(Math.max((row + 0.5) / claimCoarseness - 0.5, 0), rows - 1);
  const j = Math.min(Math.floor(cx), columns - 2);
  const i = Math.min(Math.floor(cy), rows - 2);
  const cell = i * columns + j;
  const above = values[cell]! + (values[cell + 1]! - values[cell]!) * (cx - j);
  const below = values[cell + columns]! + (values[cell + columns + 1]! - values[cell + columns]!) * (cx - j);
  return above + (below - above) * (cy - i);
}

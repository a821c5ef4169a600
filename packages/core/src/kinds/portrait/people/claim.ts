/**
 * How strongly a head claims each place around it if other heads are near. The claim falls with the length of the
 * shortest path from its face, where background and color changes count as detours: hair that falls over a neighbor's
 * shoulder belongs to the head from which it can be followed, not to the one that is nearer in a straight line.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { type HeadFrame, squareToPhoto, middleOf, type HeadGrid } from '../head/head-frame.ts';
import type { HeadMap } from '../head/head-map.ts';
import { background } from '../head/part-rules.ts';
import { type Pyramid, samplePhoto } from '../sampling/pyramid.ts';
import { lengthOf } from '../sampling/similarity.ts';
import { distanceToOthers, type Neighbor } from './neighbors.ts';

/** How strongly a head claims the places around it. */
interface Claim {
  readonly grid: HeadGrid;
  /** 0..1 per cell. */
  readonly values: Float32Array;
}

/** A head that was read, and where it is in the photo. */
export interface PlacedHead {
  readonly frame: HeadFrame;
  readonly map: HeadMap;
  /** Absent if no other head is near. */
  readonly claim: Claim | undefined;
}

/** Cells of the head's map per cell of the claim and axis. Coarse, so that textures of hair and cloth average out. */
const coarseness = 4;
/** Lengths are face widths, colors 0..1. */
const travel = { backgroundFactor: 6, strangerFactor: 30, colorStep: 4, freeStep: 0.03 };
/** The length of path over which a claim halves. */
const halving = 0.5;
/** Radii of faces: the head's own, where paths begin, and others', which paths avoid, less so in the outer rim. */
const radius = { own: 0.4, other: 0.6, rim: 0.3 };

/** The sides of the map's grid are multiples of 4 cells. */
export function createClaim(pyramid: Pyramid, frame: HeadFrame, map: HeadMap, neighbors: readonly Neighbor[]): Claim {
  const grid = coarsened(map.grid);
  const values = findDistances(grid, {
    costs: travelCosts(map, grid, neighbors),
    colors: sampleColors(pyramid, frame, grid),
    colorStep: travel.colorStep,
    freeStep: travel.freeStep,
    isStart: (cell) => {
      const { x, y } = middleOf(grid, cell);
      const own = lengthOf(x, y);
      return own < radius.own && own <= distanceToOthers(x, y, neighbors);
    },
  } satisfies Terrain);
  return { grid, values: values.map((distance) => 2 ** (-distance / halving)) };
}

/** The claim to a place, in face widths. Bilinear. */
export function claimAt({ grid, values }: Claim, x: number, y: number): number {
  const { left, top, columns, rows, cellsPerWidth } = grid;
  const cx = Math.min(Math.max((x - left) * cellsPerWidth - 0.5, 0), columns - 1);
  const cy = Math.min(Math.max((y - top) * cellsPerWidth - 0.5, 0), rows - 1);
  const j = Math.min(Math.floor(cx), columns - 2);
  const i = Math.min(Math.floor(cy), rows - 2);
  const cell = i * columns + j;
  const above = values[cell]! + (values[cell + 1]! - values[cell]!) * (cx - j);
  const below = values[cell + columns]! + (values[cell + columns + 1]! - values[cell + columns]!) * (cx - j);
  return above + (below - above) * (cy - i);
}

function coarsened({ left, top, columns, rows, cellsPerWidth }: HeadGrid): HeadGrid {
  return {
    left,
    top,
    columns: columns / coarseness,
    rows: rows / coarseness,
    cellsPerWidth: cellsPerWidth / coarseness,
  };
}

/** What a face width of path costs in each cell. */
function travelCosts({ grid: fine, classes, probabilities }: HeadMap, grid: HeadGrid, neighbors: readonly Neighbor[]) {
  const costs = new Float32Array(grid.columns * grid.rows).fill(1);
  const perCell = travel.backgroundFactor / (255 * coarseness ** 2);
  for (let i = 0, cell = 0; i < fine.rows; i++) {
    const row = Math.floor(i / coarseness) * grid.columns;
    for (let j = 0; j < fine.columns; j++, cell++) {
      costs[row + Math.floor(j / coarseness)]! += probabilities[cell * classes + background]! * perCell;
    }
  }
  for (let cell = 0; cell < costs.length; cell++) {
    const { x, y } = middleOf(grid, cell);
    const depth = (radius.other + radius.rim - distanceToOthers(x, y, neighbors)) / radius.rim;
    costs[cell]! *= 1 + travel.strangerFactor * Math.min(Math.max(depth, 0), 1);
  }
  return costs;
}

/** Planes R, G, B of the photo on the grid, -1..1. */
function sampleColors(pyramid: Pyramid, frame: HeadFrame, { left, top, columns, rows, cellsPerWidth }: HeadGrid) {
  const size = Math.max(columns, rows);
  const side = size / cellsPerWidth;
  const toPhoto = squareToPhoto(frame, { center: { x: left + side / 2, y: top + side / 2 }, side }, size);
  const square = new Float32Array(3 * size * size);
  samplePhoto(pyramid, { size, toPhoto, beyond: 'nearest' }, square);
  if (columns === rows) return square;
  const colors = new Float32Array(3 * columns * rows);
  for (let c = 0; c < 3; c++) {
    for (let row = 0; row < rows; row++) {
      const from = (c * size + row) * size;
      colors.set(square.subarray(from, from + columns), (c * rows + row) * columns);
    }
  }
  return colors;
}

interface Terrain {
  /** What a face width of path costs in each cell; at least 1. */
  readonly costs: Float32Array;
  /** Three planes, -1..1. */
  readonly colors: Float32Array;
  /** What a change from black to white between neighboring cells costs; changes below `freeStep` cost nothing. */
  readonly colorStep: number;
  readonly freeStep: number;
  /** Where paths begin. */
  isStart(cell: number): boolean;
}

/** Passes over the grid, back and forth. Paths that wind more often come out too long, which does not matter here. */
const maxPasses = 8;

/** The shortest path to each cell from its nearest start, face widths; Infinity if there is no start. */
export function findDistances(grid: HeadGrid, terrain: Terrain): Float32Array {
  const distances = terrain.costs.map((_, cell) => (terrain.isStart(cell) ? 0 : Infinity));
  // A pass leaves nothing to shorten in its own direction. One that finds nothing either, after one in the other
  // direction, is therefore the last.
  let isShorter = true;
  for (let n = 0; n < maxPasses && (isShorter || n < 2); n++) {
    isShorter = sweep(grid, terrain, distances, n % 2 === 0 ? 1 : -1);
  }
  return distances;
}

/**
 * Shortens the path to each cell from the four neighbors that a pass over the rows visits before it. False if there was
 * nothing to shorten.
 */
function sweep(
  { columns, cellsPerWidth }: HeadGrid,
  terrain: Terrain,
  distances: Float32Array,
  direction: 1 | -1,
): boolean {
  const { costs, colors, colorStep, freeStep } = terrain;
  const cells = distances.length;
  const step = 0.5 / cellsPerWidth;
  let isShorter = false;
  const shorten = (from: number, to: number, length: number) => {
    const start = distances[from]!;
    const path = start + length * step * (costs[from]! + costs[to]!);
    if (path >= distances[to]!) return;
    let color = 0;
    for (let c = from, d = to; c < 3 * cells; c += cells, d += cells) {
      const difference = Math.abs(colors[c]! - colors[d]!);
      if (difference > color) color = difference;
    }
    const detour = colorStep * Math.max(color / 2 - freeStep, 0);
    // Rounded as it is stored: what is only less before that would look shorter in every pass.
    const whole = Math.fround(path + detour);
    if (whole >= distances[to]!) return;
    distances[to] = whole;
    isShorter = true;
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
  return isShorter;
}

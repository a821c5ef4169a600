/**
 * How strongly a head claims each place around it, where other heads are near. The claim falls with the length of the
 * shortest way from its face, along which background and steps of colour count as detours: hair that falls over a
 * neighbour's shoulder belongs to the head from which it can be followed, and not to the one that is nearer in a line.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadFrame } from '../head/head-frame.ts';
import { squareToPhoto } from '../head/head-frame.ts';
import { middleOf, type HeadGrid } from '../head/head-grid.ts';
import type { HeadMap } from '../head/head-map.ts';
import { background } from '../head/part-rules.ts';
import type { Pyramid } from '../sampling/pyramid.ts';
import { samplePhoto } from '../sampling/sample-photo.ts';
import { lengthOf } from '../sampling/similarity.ts';
import { distanceToOthers, type Neighbour } from './neighbours.ts';
import { findDistances, type Terrain } from './distances.ts';

/** 0..1 a cell. */
export interface Claim {
  readonly grid: HeadGrid;
  readonly values: Float32Array;
}

/** Cells of the head's map along one of the claim. Coarse, so that the texture of hair and cloth averages out. */
const coarseness = 4;
/** Lengths are face widths, colours 0..1. */
const way = { backgroundFactor: 6, strangerFactor: 30, colourStep: 4, freeStep: 0.03 };
/** Way along which a claim halves. */
const halving = 0.5;
/** Radii of the faces: the head's own, where ways begin, and another's, which they avoid, in full and less in the rim. */
const radius = { own: 0.4, other: 0.6, rim: 0.3 };

/** `map` has a square grid, whose sides are multiples of 4 cells. */
export function createClaim(pyramid: Pyramid, frame: HeadFrame, map: HeadMap, neighbours: readonly Neighbour[]): Claim {
  const grid = coarsened(map.grid);
  const values = findDistances(grid, {
    costs: travelCosts(map, grid, neighbours),
    colours: sampleColours(pyramid, frame, grid),
    colourStep: way.colourStep,
    freeStep: way.freeStep,
    isStart: (cell) => {
      const { x, y } = middleOf(grid, cell);
      const own = lengthOf(x, y);
      return own < radius.own && own <= distanceToOthers(x, y, neighbours);
    },
  } satisfies Terrain);
  return { grid, values: values.map((distance) => 2 ** (-distance / halving)) };
}

/** The claim to a place, face widths. Bilinear. */
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

/** What a face width of way costs in each cell. */
function travelCosts(
  { grid: fine, classes, probabilities }: HeadMap,
  grid: HeadGrid,
  neighbours: readonly Neighbour[],
) {
  const costs = new Float32Array(grid.columns * grid.rows).fill(1);
  const perCell = way.backgroundFactor / (255 * coarseness ** 2);
  for (let i = 0, cell = 0; i < fine.rows; i++) {
    const row = Math.floor(i / coarseness) * grid.columns;
    for (let j = 0; j < fine.columns; j++, cell++) {
      costs[row + Math.floor(j / coarseness)]! += probabilities[cell * classes + background]! * perCell;
    }
  }
  for (let cell = 0; cell < costs.length; cell++) {
    const { x, y } = middleOf(grid, cell);
    const depth = (radius.other + radius.rim - distanceToOthers(x, y, neighbours)) / radius.rim;
    costs[cell]! *= 1 + way.strangerFactor * Math.min(Math.max(depth, 0), 1);
  }
  return costs;
}

/** Planes R, G, B of the photo on the grid, -1..1. */
function sampleColours(pyramid: Pyramid, frame: HeadFrame, { left, top, columns, cellsPerWidth }: HeadGrid) {
  const side = columns / cellsPerWidth;
  const toPhoto = squareToPhoto(frame, { center: { x: left + side / 2, y: top + side / 2 }, side }, columns);
  const colours = new Float32Array(3 * columns * columns);
  samplePhoto(pyramid, { size: columns, toPhoto, beyond: 'nearest' }, colours);
  return colours;
}

/**
 * Where the cells of a grid lie in a view, one axis at a time: grid and views of a head are turned alike.
 *
 * `!` only in the loop over cells, inside bounds that it sets.
 */
import type { HeadGrid } from './head-grid.ts';
import type { HeadSquare } from './head-frame.ts';

export interface AxisSamples {
  /** Cells inside the view: `first` .. `end` - 1. */
  readonly first: number;
  readonly end: number;
  /** The view's pixel before each cell's middle, and how far towards the next one the middle is. */
  readonly index: Int32Array;
  readonly fraction: Float32Array;
  /** Distance from the view's middle, 1 = border, to the power of `roundness`. */
  readonly offset: Float32Array;
}

/** Of the contours of equal depth: 2 = circles; the higher, the squarer. */
const roundness = 2.5;
/** Share of half a view's side over which its depth rises from 0 at the border to 1. */
const rise = 0.35;

/** `size` is the view's side, px. */
export function sampleAxes(grid: HeadGrid, { center, side }: HeadSquare, size: number) {
  const { left, top, columns, rows, cellsPerWidth } = grid;
  return {
    across: sampleAxis((left - center.x) / side, 1 / (cellsPerWidth * side), columns, size),
    down: sampleAxis((top - center.y) / side, 1 / (cellsPerWidth * side), rows, size),
  };
}

/** `start` and `step` count in sides of the view, from its middle. */
function sampleAxis(start: number, step: number, cells: number, size: number): AxisSamples {
  const index = new Int32Array(cells);
  const fraction = new Float32Array(cells);
  const offset = new Float32Array(cells);
  let first = cells;
  let end = 0;
  for (let i = 0; i < cells; i++) {
    const position = start + (i + 0.5) * step;
    if (Math.abs(position) > 0.5) continue;
    first = Math.min(first, i);
    end = i + 1;
    const pixel = Math.min(Math.max((position + 0.5) * size - 0.5, 0), size - 1);
    index[i] = Math.min(Math.floor(pixel), size - 2);
    fraction[i] = pixel - index[i]!;
    offset[i] = (Math.abs(position) * 2) ** roundness;
  }
  return { first, end, index, fraction, offset };
}

/** Sums of `offset`s up to which the depth is full: the border of the rise, less what rounding may do. */
const deepest = (1 - rise) ** roundness * 0.999;

/** How deep inside of a view a cell is, from 1 in the middle to 0 at the border, given the sum of its two `offset`s. */
export function depthAt(offsets: number): number {
  if (offsets >= 1) return 0;
  if (offsets <= deepest) return 1;
  return smoothStep((1 - offsets ** (1 / roundness)) / rise);
}

/** 0 up to 0, 1 from 1 on, without a corner between. */
export function smoothStep(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}

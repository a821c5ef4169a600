/**
 * What several views of one head show together, on a grid in head coordinates. Each view counts less toward its own
 * border, along a rounded square, so that no view leaves a straight line where it ends.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadGrid, HeadSquare } from './head-frame.ts';
import type { ClassMap } from './segmenter.ts';
import type { View } from './view-plan.ts';

export interface HeadCanvas {
  /** All that views can cover. */
  readonly grid: HeadGrid;
  readonly classes: number;
  /** Sums of probability times weight: rows, columns, classes. */
  readonly sums: Float32Array;
  /** Sum of weights per cell; 0 if no view saw it. */
  readonly weights: Float32Array;
  /** How far inside the views a cell is: 0 at their common border, 1 well inside. */
  readonly depths: Float32Array;
  /** The rows and columns that a view covered, `first` .. `end` - 1; empty if none did. */
  readonly seen: { readonly rows: Range; readonly columns: Range };
}

interface Range {
  first: number;
  end: number;
}

export function createHeadCanvas(grid: HeadGrid, classes: number): HeadCanvas {
  const cells = grid.columns * grid.rows;
  return {
    grid,
    classes,
    sums: new Float32Array(cells * classes),
    weights: new Float32Array(cells),
    depths: new Float32Array(cells),
    seen: { rows: { first: grid.rows, end: 0 }, columns: { first: grid.columns, end: 0 } },
  };
}

/** Clears what views covered: a small part of the canvas, mostly. */
export function clearCanvas({ grid, classes, sums, weights, depths, seen }: HeadCanvas): void {
  const { rows, columns } = seen;
  for (let i = rows.first; i < rows.end; i++) {
    const [first, end] = [i * grid.columns + columns.first, i * grid.columns + columns.end];
    sums.fill(0, first * classes, end * classes);
    weights.fill(0, first, end);
    depths.fill(0, first, end);
  }
  Object.assign(rows, { first: grid.rows, end: 0 });
  Object.assign(columns, { first: grid.columns, end: 0 });
}

/** Rows and columns of the canvas as a grid of their own; what they hold stays where it is. */
export interface CanvasPart {
  readonly grid: HeadGrid;
  /** Where the part's first cell and, from row to row, the next ones are among the canvas's cells. */
  readonly first: number;
  readonly rowStep: number;
}

/** Sides of what was seen are rounded up to a multiple of this many cells, for those who read it more coarsely. */
const granularity = 4;

/** What views covered; all of the canvas if none did. */
export function seenPart({ grid, seen: { rows, columns } }: HeadCanvas): CanvasPart {
  if (rows.end <= rows.first || columns.end <= columns.first) return { grid, first: 0, rowStep: grid.columns };
  const down = rounded(rows, grid.rows);
  const across = rounded(columns, grid.columns);
  return {
    grid: {
      ...grid,
      left: grid.left + across.first / grid.cellsPerWidth,
      top: grid.top + down.first / grid.cellsPerWidth,
      columns: across.end - across.first,
      rows: down.end - down.first,
    },
    first: down.first * grid.columns + across.first,
    rowStep: grid.columns,
  };
}

function rounded({ first, end }: Range, limit: number): Range {
  return {
    first: Math.floor(first / granularity) * granularity,
    end: Math.min(Math.ceil(end / granularity) * granularity, limit),
  };
}

function widen(range: Range, { first, end }: Range): void {
  range.first = Math.min(range.first, first);
  range.end = Math.max(range.end, end);
}

/** Where four pixels are this sure of background, all other classes together are less than a tenth of a step of 255. */
const empty = 1 - 0.1 / 255;

/** Adds what a view shows, bilinearly. `becomes` maps each class to the one it is counted as. */
export function addView(canvas: HeadCanvas, map: ClassMap, view: View, becomes: Uint8Array): void {
  const { grid, classes, sums, weights, depths, seen } = canvas;
  const { data, size } = map;
  const { across, down } = sampleAxes(grid, view, map);
  widen(seen.rows, down);
  widen(seen.columns, across);
  const rowStep = size * classes;
  for (let i = down.first; i < down.end; i++) {
    const fy = down.fraction[i]!;
    const offsetY = down.offset[i]!;
    const firstPixel = down.index[i]! * size;
    for (let j = across.first; j < across.end; j++) {
      const depth = depthAt(across.offset[j]! + offsetY);
      if (depth <= 0) continue;
      const w = view.weight * depth;
      const fx = across.fraction[j]!;
      const w11 = w * fx * fy;
      const w10 = w * fy - w11;
      const w01 = w * fx - w11;
      const w00 = w - w01 - w10 - w11;
      const cell = i * grid.columns + j;
      const start = cell * classes;
      const above = (firstPixel + across.index[j]!) * classes;
      const below = above + rowStep;
      const isEmpty =
        data[above]! > empty &&
        data[above + classes]! > empty &&
        data[below]! > empty &&
        data[below + classes]! > empty;
      const end = isEmpty ? 1 : classes;
      for (let c = 0; c < end; c++) {
        const p = above + c;
        const q = below + c;
        sums[start + becomes[c]!]! +=
          data[p]! * w00 + data[p + classes]! * w01 + data[q]! * w10 + data[q + classes]! * w11;
      }
      weights[cell]! += w;
      if (depth > depths[cell]!) depths[cell] = depth;
    }
  }
}

/**
 * Where the cells of a grid lie in a view along one axis. The axes are independent: the grid and the views of a head
 * are rotated alike.
 */
interface AxisSamples {
  /** Cells inside the view: `first` .. `end` - 1. */
  readonly first: number;
  readonly end: number;
  /** The view's pixel before each cell's middle, and how far toward the next pixel the middle is. */
  readonly index: Int32Array;
  readonly fraction: Float32Array;
  /** Distance from the view's middle (1 = border), to the power of `roundness`. */
  readonly offset: Float32Array;
}

/** Of the contours of equal depth: 2 gives circles; the higher, the squarer. */
const roundness = 2.5;
/** The depth rises from 0 at a view's border to 1 over this share of half its side. */
const rise = 0.35;

export function sampleAxes(grid: HeadGrid, { center, side }: HeadSquare, map: Pick<ClassMap, 'size' | 'step'>) {
  const { left, top, columns, rows, cellsPerWidth } = grid;
  return {
    across: sampleAxis((left - center.x) / side, 1 / (cellsPerWidth * side), columns, map),
    down: sampleAxis((top - center.y) / side, 1 / (cellsPerWidth * side), rows, map),
  };
}

/** `start` and `step` are in sides of the view, from its middle. */
function sampleAxis(start: number, step: number, cells: number, map: Pick<ClassMap, 'size' | 'step'>): AxisSamples {
  const { size } = map;
  // A map's pixel shows the middle of the first of the input's pixels that it stands for.
  const middle = 0.5 / map.step;
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
    const pixel = Math.min(Math.max((position + 0.5) * size - middle, 0), size - 1);
    index[i] = Math.min(Math.floor(pixel), size - 2);
    fraction[i] = pixel - index[i]!;
    offset[i] = (Math.abs(position) * 2) ** roundness;
  }
  return { first, end, index, fraction, offset };
}

/** Up to this sum of `offset`s the depth is 1: where the rise ends, minus a margin for rounding. */
const deepest = (1 - rise) ** roundness * 0.999;

/** How deep inside a view a cell is, from 1 in the middle to 0 at the border, by the sum of its two `offset`s. */
function depthAt(offsets: number): number {
  if (offsets >= 1) return 0;
  if (offsets <= deepest) return 1;
  return smoothStep((1 - offsets ** (1 / roundness)) / rise);
}

/** 0 below 0, 1 above 1, and smooth in between. */
export function smoothStep(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}

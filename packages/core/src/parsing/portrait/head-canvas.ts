/**
 * What several views of one head say together, on a grid in head coordinates. Each view counts less towards its own
 * border, along a rounded square, so that no view leaves a straight line where it ends.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadSquare } from './head-frame.ts';
import { likeliestAt } from './likeliest.ts';
import { background, type PartRule } from './part-rules.ts';
import type { ClassMap } from './segmenter.ts';

/** The grid's place in head coordinates, face widths, and its cells. */
export interface CanvasGrid {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly cellsPerWidth: number;
}

export interface HeadCanvas {
  readonly grid: CanvasGrid;
  readonly classes: number;
  /** Sums of probability times weight: rows, columns, classes. */
  readonly sums: Float32Array;
  /** Sums of weight, a cell; 0 where no view saw it. */
  readonly weights: Float32Array;
  /** How far inside of the views a cell is: 0 at their common border, 1 well inside. */
  readonly depths: Float32Array;
}

/** Share of half a view's side over which its weight rises from 0 at the border to 1. */
const rise = 0.35;
/** Of the contours of equal weight: 2 = circles; the higher, the squarer. */
const roundness = 2.5;

/** Of the cells at which a view is compared: every third one along each axis, where earlier views' depth is enough. */
const doubtStride = 3;
const wellSeen = 0.3;

export function createHeadCanvas(grid: CanvasGrid, classes: number): HeadCanvas {
  const cells = grid.columns * grid.rows;
  return {
    grid,
    classes,
    sums: new Float32Array(cells * classes),
    weights: new Float32Array(cells),
    depths: new Float32Array(cells),
  };
}

export function clearCanvas({ sums, weights, depths }: HeadCanvas): void {
  for (const values of [sums, weights, depths]) values.fill(0);
}

/** Adds a view, with a weight at its middle. Bilinear. */
export function addView(canvas: HeadCanvas, map: ClassMap, square: HeadSquare & { weight: number }): void {
  const { grid, classes, sums, weights, depths } = canvas;
  const across = sampleAxis(grid.left, grid.columns, grid.cellsPerWidth, square.center.x, square.side, map.size);
  const down = sampleAxis(grid.top, grid.rows, grid.cellsPerWidth, square.center.y, square.side, map.size);
  const rowStep = map.size * classes;
  for (let i = down.first; i < down.end; i++) {
    for (let j = across.first; j < across.end; j++) {
      const depth = depthAt(across.offset[j]! + down.offset[i]!);
      if (depth <= 0) continue;
      const w = square.weight * depth;
      const [fx, fy] = [across.fraction[j]!, down.fraction[i]!];
      const w11 = w * fx * fy;
      const w10 = w * fy - w11;
      const w01 = w * fx - w11;
      const w00 = w - w01 - w10 - w11;
      const cell = i * grid.columns + j;
      let p = (down.index[i]! * map.size + across.index[j]!) * classes;
      for (let q = cell * classes, end = q + classes; q < end; p++, q++) {
        const below = p + rowStep;
        sums[q]! +=
          map.data[p]! * w00 + map.data[p + classes]! * w01 + map.data[below]! * w10 + map.data[below + classes]! * w11;
      }
      weights[cell]! += w;
      depths[cell] = Math.max(depths[cell]!, depth);
    }
  }
}

/**
 * Share of what a view takes for hair that the canvas takes for background, over the cells of the head's own that the
 * canvas has seen well. 0 where they have nothing in common.
 */
export function hairInDoubt(
  canvas: HeadCanvas,
  map: ClassMap,
  square: HeadSquare,
  rules: readonly PartRule[],
  isOwn: (x: number, y: number) => boolean,
): number {
  const { grid, classes, sums, depths } = canvas;
  const across = sampleAxis(grid.left, grid.columns, grid.cellsPerWidth, square.center.x, square.side, map.size);
  const down = sampleAxis(grid.top, grid.rows, grid.cellsPerWidth, square.center.y, square.side, map.size);
  let hair = 0;
  let doubtful = 0;
  for (let i = down.first; i < down.end; i += doubtStride) {
    for (let j = across.first; j < across.end; j += doubtStride) {
      const cell = i * grid.columns + j;
      if (depths[cell]! < wellSeen || across.offset[j]! + down.offset[i]! > 0.9) continue;
      const seen = likeliestAt(map.data, (down.index[i]! * map.size + across.index[j]!) * classes, classes);
      if (!rules[seen]!.isLoose) continue;
      const known = likeliestAt(sums, cell * classes, classes);
      if (known !== background && !rules[known]!.isLoose) continue;
      if (!isOwn(grid.left + (j + 0.5) / grid.cellsPerWidth, grid.top + (i + 0.5) / grid.cellsPerWidth)) continue;
      hair++;
      if (known === background) doubtful++;
    }
  }
  return hair === 0 ? 0 : doubtful / hair;
}

interface AxisSamples {
  /** Cells inside the view: `first` .. `end` - 1. */
  readonly first: number;
  readonly end: number;
  /** The view's pixel before each cell's centre, and how far towards the next one the centre is. */
  readonly index: Int32Array;
  readonly fraction: Float32Array;
  /** Distance from the view's middle, 1 = border, to the power of `roundness`. */
  readonly offset: Float32Array;
}

function sampleAxis(
  start: number,
  cells: number,
  perWidth: number,
  center: number,
  side: number,
  size: number,
): AxisSamples {
  const index = new Int32Array(cells);
  const fraction = new Float32Array(cells);
  const offset = new Float32Array(cells);
  let first = cells;
  let end = 0;
  for (let i = 0; i < cells; i++) {
    const position = (start + (i + 0.5) / perWidth - center) / side;
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

/** From 1 in the middle to 0 at the border, given the sum of both `offset`s. */
function depthAt(offsets: number): number {
  if (offsets >= 1) return 0;
  const t = Math.min((1 - offsets ** (1 / roundness)) / rise, 1);
  return t * t * (3 - 2 * t);
}

/**
 * A head's classes on its grid, ready to be pasted on the photo. Probabilities are bytes, so that a photo of many heads
 * stays small.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { lengthOf } from '../sampling/similarity.ts';
import { type CanvasPart, type HeadCanvas, seenPart, smoothStep } from './head-canvas.ts';
import type { HeadGrid } from './head-frame.ts';
import { background, type PartRule } from './part-rules.ts';
import { likeliestAt } from './segmenter.ts';

export interface HeadMap {
  readonly grid: HeadGrid;
  readonly classes: number;
  /** 0..255: rows, columns, classes. */
  readonly probabilities: Uint8Array;
  /** The likeliest class per cell; the lower id among equals. */
  readonly likeliest: Uint8Array;
}

/** Below this depth inside the views, nothing was seen well enough. */
export const unseenDepth = 0.15;
/** If all classes but the background together have less than this, each of them is rounded to 0 of 255. */
const nothing = 0.49 / 255;
/** Up to this depth everything but hair fades into the background; hair is tapered instead. */
const fadeDepth = 0.5;
/** A circle around head and shoulders, face widths: everything but hair fades out between these radii. */
const bust = { y: 0.2, from: 1.5, to: 2.05 };

/**
 * What the views show on average, where they looked. Toward the views' common border everything fades
 * into the background, the less certain, the sooner; everything but hair already fades at the circle of a bust, because
 * a body continues where a head ends.
 */
export function toHeadMap(canvas: HeadCanvas, rules: readonly PartRule[]): HeadMap {
  const { classes } = canvas;
  const part = seenPart(canvas);
  const cells = part.grid.columns * part.grid.rows;
  const map = {
    grid: part.grid,
    classes,
    probabilities: new Uint8Array(cells * classes),
    likeliest: new Uint8Array(cells).fill(background),
  };
  const isLoose = Uint8Array.from(rules, (rule) => (rule.isLoose ? 1 : 0));
  for (let row = 0; row < part.grid.rows; row++) addRow(map, row, canvas, part, isLoose);
  return map;
}

function addRow(map: HeadMap, row: number, canvas: HeadCanvas, part: CanvasPart, isLoose: Uint8Array): void {
  const { grid, classes, probabilities, likeliest } = map;
  const { sums, weights, depths } = canvas;
  const { columns } = grid;
  const y = grid.top + (row + 0.5) / grid.cellsPerWidth;
  for (let column = 0; column < columns; column++) {
    const x = grid.left + (column + 0.5) / grid.cellsPerWidth;
    const cell = row * columns + column;
    const start = cell * classes;
    const source = part.first + row * part.rowStep + column;
    const sum = source * classes;
    const weight = weights[source]!;
    let rest = 255;
    if (weight - sums[sum + background]! > weight * nothing) {
      const hairScale = (255 * smoothStep(depths[source]! / unseenDepth)) / weight;
      const scale = ((255 * smoothStep(depths[source]! / fadeDepth)) / weight) * withinBust(x, y);
      for (let c = 1; c < classes; c++) {
        const value = (isLoose[c] === 1 ? hairScale : scale) * sums[sum + c]!;
        // Most are next to nothing. Not Math.round: nothing here is negative, and this is several times faster.
        if (value >= 0.5) rest -= probabilities[start + c] = (value + 0.5) | 0;
      }
    }
    probabilities[start + background] = rest > 0 ? rest : 0;
    if (rest < 255) likeliest[cell] = likeliestAt(probabilities, start, classes);
  }
}

function withinBust(x: number, y: number): number {
  return smoothStep((bust.to - lengthOf(x, y - bust.y)) / (bust.to - bust.from));
}

/** Makes a cell pure background. */
export function clearCell({ classes, probabilities, likeliest }: HeadMap, cell: number): void {
  probabilities.fill(0, cell * classes, (cell + 1) * classes);
  probabilities[cell * classes + background] = 255;
  likeliest[cell] = background;
}

/** The part of the map that holds the head, with a frame of one cell of background. */
export function trimHeadMap(map: HeadMap): HeadMap {
  const { grid, classes } = map;
  const { first, last } = findExtent(map);
  const columns = last.column - first.column + 1;
  const rows = last.row - first.row + 1;
  const trimmed = {
    grid: {
      ...grid,
      left: grid.left + first.column / grid.cellsPerWidth,
      top: grid.top + first.row / grid.cellsPerWidth,
      columns,
      rows,
    },
    classes,
    probabilities: new Uint8Array(columns * rows * classes),
    likeliest: new Uint8Array(columns * rows),
  };
  for (let row = 0; row < rows; row++) {
    const from = (first.row + row) * grid.columns + first.column;
    trimmed.likeliest.set(map.likeliest.subarray(from, from + columns), row * columns);
    const values = map.probabilities.subarray(from * classes, (from + columns) * classes);
    trimmed.probabilities.set(values, row * columns * classes);
  }
  return trimmed;
}

/** The outermost cells of the frame. An empty map keeps 2x2 cells, the fewest that a pixel can lie between. */
function findExtent({ grid: { columns, rows }, likeliest }: HeadMap) {
  const first = { column: columns - 2, row: rows - 2 };
  const last = { column: columns - 1, row: rows - 1 };
  let isEmpty = true;
  for (let row = 0; row < rows; row++) {
    let left = 0;
    while (left < columns && likeliest[row * columns + left] === background) left++;
    if (left === columns) continue;
    let right = columns - 1;
    while (likeliest[row * columns + right] === background) right--;
    if (isEmpty) {
      last.column = 1;
      first.row = Math.max(row - 1, 0);
      isEmpty = false;
    }
    first.column = Math.min(first.column, Math.max(left - 1, 0));
    last.column = Math.max(last.column, Math.min(right + 1, columns - 1));
    last.row = Math.max(Math.min(row + 1, rows - 1), 1);
  }
  return { first, last };
}

/**
 * Connected regions of a grid.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadGrid } from './head-frame.ts';

interface Regions {
  /** The region of each cell; regions count from 0 in the order of their first cells. */
  readonly of: Int32Array;
  /** The value that a region's cells share. */
  readonly values: readonly number[];
}

/** Regions of equal values, connected along rows and columns. */
export function findRegions(values: Uint8Array, columns: number): Regions {
  const of = new Int32Array(values.length).fill(-1);
  const found: number[] = [];
  const stack = new Int32Array(values.length);
  let depth = 0;
  const visit = (cell: number, value: number) => {
    if (of[cell] !== -1 || values[cell] !== value) return;
    of[cell] = found.length;
    stack[depth++] = cell;
  };
  for (let first = 0; first < values.length; first++) {
    if (of[first] !== -1) continue;
    const value = values[first]!;
    visit(first, value);
    while (depth > 0) {
      const cell = stack[--depth]!;
      const column = cell % columns;
      if (column > 0) visit(cell - 1, value);
      if (column + 1 < columns) visit(cell + 1, value);
      if (cell >= columns) visit(cell - columns, value);
      if (cell + columns < values.length) visit(cell + columns, value);
    }
    found.push(value);
  }
  return { of, values: found };
}

/** A region in head coordinates: lengths in face widths, areas in squares of them. */
export interface Region {
  readonly value: number;
  readonly area: number;
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  /** Distance of its nearest cell from the middle of the face. */
  readonly nearest: number;
  /** True if it reaches the border of the grid. */
  readonly atBorder: boolean;
}

export function describeRegions(
  { of, values }: Regions,
  { left, top, columns, rows, cellsPerWidth }: HeadGrid,
): Region[] {
  const cells = new Float64Array(values.length);
  const sumX = new Float64Array(values.length);
  const sumY = new Float64Array(values.length);
  const nearest = new Float64Array(values.length).fill(Infinity);
  const atBorder = new Uint8Array(values.length);
  for (let i = 0, cell = 0; i < rows; i++) {
    const y = top + (i + 0.5) / cellsPerWidth;
    for (let j = 0; j < columns; j++, cell++) {
      const x = left + (j + 0.5) / cellsPerWidth;
      const region = of[cell]!;
      cells[region]!++;
      sumX[region]! += x;
      sumY[region]! += y;
      nearest[region] = Math.min(nearest[region]!, x * x + y * y);
      if (i === 0 || j === 0 || i + 1 === rows || j + 1 === columns) atBorder[region] = 1;
    }
  }
  return values.map((value, i) => ({
    value,
    area: cells[i]! / cellsPerWidth ** 2,
    x: sumX[i]! / cells[i]!,
    y: sumY[i]! / cells[i]!,
    nearest: Math.sqrt(nearest[i]!),
    atBorder: atBorder[i] === 1,
  }));
}

/**
 * Connected regions of a grid.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { HeadGrid } from './head-grid.ts';

export interface Regions {
  /** The region of each cell; regions count from 0 in the order of their first cells. */
  readonly of: Int32Array;
  /** The value that a region's cells share. */
  readonly values: readonly number[];
}

/** Regions of equal values, joined along rows and columns. */
export function findRegions(values: Uint8Array, columns: number): Regions {
  const of = new Int32Array(values.length).fill(-1);
  const found: number[] = [];
  const stack = new Int32Array(values.length);
  let depth = 0;
  for (let first = 0; first < values.length; first++) {
    if (of[first] !== -1) continue;
    const value = values[first]!;
    const region = found.push(value) - 1;
    const joins = (cell: number) => of[cell] === -1 && values[cell] === value;
    stack[depth++] = first;
    while (depth > 0) {
      const cell = stack[--depth]!;
      if (of[cell] !== -1) continue;
      // The whole run of the row at once; above and below it, only where a run begins.
      const rowStart = cell - (cell % columns);
      let from = cell;
      while (from > rowStart && joins(from - 1)) from--;
      let to = cell;
      do of[to++] = region;
      while (to < rowStart + columns && joins(to));
      of.fill(region, from, cell);
      for (const side of [from - columns, from + columns]) {
        if (side < 0 || side >= values.length) continue;
        for (let next = side, end = side + to - from; next < end; next++) {
          if (joins(next) && (next === side || !joins(next - 1))) stack[depth++] = next;
        }
      }
    }
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
  /** True where it reaches the border of the grid. */
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

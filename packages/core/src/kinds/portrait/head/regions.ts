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

/** Regions of equal values, connected along rows and columns: runs of rows that touch are joined. */
export function findRegions(values: Uint8Array, columns: number): Regions {
  const runs = joinedRuns(values, columns);
  const of = new Int32Array(values.length);
  const found: number[] = [];
  const numbers = new Int32Array(runs.starts.length);
  for (let run = 0; run < runs.starts.length; run++) {
    const first = firstOf(runs.joinedTo, run);
    const start = runs.starts[run]!;
    // A region's first run is its lowest, so it comes first.
    if (first === run) numbers[run] = found.push(values[start]!) - 1;
    else numbers[run] = numbers[first]!;
    of.fill(numbers[run]!, start, runs.starts[run + 1] ?? values.length);
  }
  return { of, values: found };
}

/** Runs of equal values along rows: where each starts, and an earlier run of the same region, or itself. */
function joinedRuns(values: Uint8Array, columns: number): { starts: number[]; joinedTo: number[] } {
  const starts: number[] = [];
  const joinedTo: number[] = [];
  // The first run of the row above that reaches as far as the current one starts.
  let above = 0;
  for (let row = 0; row < values.length; row += columns) {
    const firstOfRow = starts.length;
    for (let start = row; start < row + columns;) {
      const value = values[start]!;
      let end = start + 1;
      while (end < row + columns && values[end] === value) end++;
      const run = starts.push(start) - 1;
      joinedTo.push(run);
      for (; above < firstOfRow; above++) {
        const aboveStart = starts[above]! + columns;
        const aboveEnd = starts[above + 1]! + columns;
        if (aboveStart < end && aboveEnd > start && values[starts[above]!] === value) join(joinedTo, above, run);
        if (aboveEnd > end) break;
      }
      start = end;
    }
    above = firstOfRow;
  }
  return { starts, joinedTo };
}

function firstOf(joinedTo: number[], run: number): number {
  let first = run;
  while (joinedTo[first] !== first) first = joinedTo[first] = joinedTo[joinedTo[first]!]!;
  return first;
}

function join(joinedTo: number[], a: number, b: number): void {
  const [x, y] = [firstOf(joinedTo, a), firstOf(joinedTo, b)];
  joinedTo[Math.max(x, y)] = Math.min(x, y);
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

import type { Point } from '../sampling/similarity.ts';

/** A grid of square cells in head coordinates; `left` and `top` are its corner, face widths. */
export interface HeadGrid {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly cellsPerWidth: number;
}

/** Holds all views of a head: 6 face widths, from above a hat to long hair. */
export const viewsGrid: HeadGrid = { left: -3, top: -2.3, columns: 480, rows: 480, cellsPerWidth: 80 };

/** The middle of a cell, face widths. */
export function middleOf({ left, top, columns, cellsPerWidth }: HeadGrid, cell: number): Point {
  return {
    x: left + ((cell % columns) + 0.5) / cellsPerWidth,
    y: top + (Math.floor(cell / columns) + 0.5) / cellsPerWidth,
  };
}

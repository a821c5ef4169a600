import type { Point } from '../sampling/similarity.ts';

/** BlazeFace's grids: cells along a side, anchors in a cell. All anchors of a cell are at its centre. */
export const detectorGrids = [
  { cells: 16, perCell: 2 },
  { cells: 8, perCell: 6 },
] as const;

/** Centres of a grid's anchors, px of a square input, in the order of the network's rows. */
export function gridAnchors({ cells, perCell }: { cells: number; perCell: number }, size: number): Point[] {
  const stride = size / cells;
  return Array.from({ length: cells * cells * perCell }, (_, i) => {
    const cell = Math.floor(i / perCell);
    return { x: ((cell % cells) + 0.5) * stride, y: (Math.floor(cell / cells) + 0.5) * stride };
  });
}

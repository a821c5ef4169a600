/**
 * What several views of one head say together, on a grid in head coordinates. Each view counts less towards its own
 * border, along a rounded square, so that no view leaves a straight line where it ends.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { depthAt, sampleAxes } from './axis-samples.ts';
import type { HeadGrid } from './head-grid.ts';
import type { ClassMap } from './segmenter.ts';
import type { View } from './view-plan.ts';

export interface HeadCanvas {
  readonly grid: HeadGrid;
  readonly classes: number;
  /** Sums of probability times weight: rows, columns, classes. */
  readonly sums: Float32Array;
  /** Sums of weight, a cell; 0 where no view saw it. */
  readonly weights: Float32Array;
  /** How far inside of the views a cell is: 0 at their common border, 1 well inside. */
  readonly depths: Float32Array;
}

export function createHeadCanvas(grid: HeadGrid, classes: number): HeadCanvas {
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

/** Adds what a view shows. `becomes` is what each class is taken for. Bilinear. */
export function addView(canvas: HeadCanvas, map: ClassMap, view: View, becomes: Uint8Array): void {
  const { grid, classes, sums, weights, depths } = canvas;
  const { data, size } = map;
  const { across, down } = sampleAxes(grid, view, size);
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
      for (let c = 0; c < classes; c++) {
        const p = above + c;
        const q = p + rowStep;
        sums[start + becomes[c]!]! +=
          data[p]! * w00 + data[p + classes]! * w01 + data[q]! * w10 + data[q + classes]! * w11;
      }
      weights[cell]! += w;
      if (depth > depths[cell]!) depths[cell] = depth;
    }
  }
}

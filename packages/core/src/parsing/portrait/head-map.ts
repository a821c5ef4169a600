/**
 * A head's classes on its grid, ready to be laid on the photo: probabilities as bytes, so that a photo of many heads
 * stays small.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { CanvasGrid, HeadCanvas } from './head-canvas.ts';

export interface HeadMap {
  readonly grid: CanvasGrid;
  readonly classes: number;
  /** 0..255: rows, columns, classes. */
  readonly probabilities: Uint8Array;
  /** The likeliest class, a cell; the lower id among equals. */
  readonly likeliest: Uint8Array;
}

/** What the views say on average, background where none looked. `background` is the class for that. */
export function toHeadMap({ grid, classes, sums, weights }: HeadCanvas): HeadMap {
  const probabilities = new Uint8Array(sums.length);
  for (let cell = 0; cell < weights.length; cell++) {
    const weight = weights[cell]!;
    const start = cell * classes;
    if (weight === 0) probabilities[start] = 255;
    else for (let c = 0; c < classes; c++) probabilities[start + c] = Math.round((255 * sums[start + c]!) / weight);
  }
  const likeliest = new Uint8Array(weights.length);
  for (let cell = 0; cell < weights.length; cell++)
    likeliest[cell] = likeliestAt(probabilities, cell * classes, classes);
  return { grid, classes, probabilities, likeliest };
}

export function likeliestAt(probabilities: ArrayLike<number>, start: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (probabilities[start + c]! > probabilities[start + best]!) best = c;
  return best;
}

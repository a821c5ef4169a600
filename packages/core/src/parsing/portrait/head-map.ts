/**
 * A head's classes on its grid, ready to be laid on the photo: probabilities as bytes, so that a photo of many heads
 * stays small.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import type { CanvasGrid, HeadCanvas } from './head-canvas.ts';
import { likeliestAt } from './likeliest.ts';
import { background, type PartRule } from './part-rules.ts';

export interface HeadMap {
  readonly grid: CanvasGrid;
  readonly classes: number;
  /** 0..255: rows, columns, classes. */
  readonly probabilities: Uint8Array;
  /** The likeliest class, a cell; the lower id among equals. */
  readonly likeliest: Uint8Array;
}

/** Depth inside of the views up to which everything gives way to the background. */
const fadeDepth = 0.5;

/** A circle around the head and the shoulders, face widths: where what is no hair begins to end, and has ended. */
const bust = { y: 0.2, from: 1.5, to: 2.05 };

/**
 * What the views say on average, and background where none looked. Towards the views' common border everything gives
 * way to the background, what is less sure sooner; all but hair already at the circle of a bust, because a body goes on
 * where a head ends.
 */
export function toHeadMap({ grid, classes, sums, weights, depths }: HeadCanvas, rules: readonly PartRule[]): HeadMap {
  const probabilities = new Uint8Array(sums.length);
  const likeliest = new Uint8Array(weights.length);
  for (let cell = 0; cell < weights.length; cell++) {
    const start = cell * classes;
    const hairScale = weights[cell] === 0 ? 0 : (255 * smooth(depths[cell]! / fadeDepth)) / weights[cell]!;
    const scale = hairScale === 0 ? 0 : hairScale * withinBust(grid, cell);
    let rest = 255;
    for (let c = 1; c < classes; c++) {
      rest -= probabilities[start + c] = Math.round((rules[c]!.isLoose ? hairScale : scale) * sums[start + c]!);
    }
    probabilities[start + background] = Math.max(rest, 0);
    likeliest[cell] = likeliestAt(probabilities, start, classes);
  }
  return { grid, classes, probabilities, likeliest };
}

function withinBust({ left, top, columns, cellsPerWidth }: CanvasGrid, cell: number): number {
  const x = left + ((cell % columns) + 0.5) / cellsPerWidth;
  const y = top + (Math.floor(cell / columns) + 0.5) / cellsPerWidth;
  return smooth((bust.to - Math.hypot(x, y - bust.y)) / (bust.to - bust.from));
}

/** 0 up to 0, 1 from 1 on, with no corner between. */
function smooth(value: number): number {
  const t = Math.min(Math.max(value, 0), 1);
  return t * t * (3 - 2 * t);
}

/** Leaves nothing but background in a cell. */
export function clearCell({ classes, probabilities, likeliest }: HeadMap, cell: number): void {
  probabilities.fill(0, cell * classes, (cell + 1) * classes);
  probabilities[cell * classes + background] = 255;
  likeliest[cell] = background;
}

/** Rows of the cut map from the logits of a mask. `!` only on indices that the axis tables hold. */
import type { AxisTables } from './axis-tables.ts';

/** A range of cells along one axis, `from .. to - 1`. */
export interface Cells {
  readonly from: number;
  readonly to: number;
}

/**
 * Computes rows of knots (rows of the cut map) of one mask from its logits, and holds the two rows above and below a
 * row of cells. Going down, the lower row becomes the next upper one and is not computed again.
 */
export class KnotRows {
  /** The last knot of a row is repeated, so that the last cell has a right corner too. */
  upper: Float32Array;
  lower: Float32Array;
  #upperRow = -1;
  #lowerRow = -1;
  readonly #x: AxisTables;
  readonly #y: AxisTables;
  readonly #logitsWidth: number;
  /** One row of logits, interpolated between two rows. */
  readonly #blended: Float32Array;

  constructor(x: AxisTables, y: AxisTables, logitsWidth: number) {
    this.#x = x;
    this.#y = y;
    this.#logitsWidth = logitsWidth;
    this.#blended = new Float32Array(logitsWidth);
    this.upper = new Float32Array(x.knots.low.length + 1);
    this.lower = new Float32Array(x.knots.low.length + 1);
  }

  /** Makes `upper` and `lower` the knots around the row of cells `row`, for the corners of the cells `columns`. */
  load(logits: Float32Array, row: number, columns: Cells): void {
    const below = Math.min(row + 1, this.#y.knots.low.length - 1);
    if (this.#lowerRow === row) {
      [this.upper, this.lower] = [this.lower, this.upper];
      this.#upperRow = row;
      this.#lowerRow = -1;
    }
    if (this.#upperRow !== row) this.compute(logits, row, this.upper, columns);
    if (this.#lowerRow !== below) this.compute(logits, below, this.lower, columns);
    this.#upperRow = row;
    this.#lowerRow = below;
  }

  /** One row of knots, for the corners of the cells `columns`. */
  compute(logits: Float32Array, row: number, into: Float32Array, columns: Cells): void {
    const blended = this.#blended;
    const width = this.#logitsWidth;
    const { low, high, weight } = this.#x.knots;
    const above = this.#y.knots.low[row]! * width;
    const below = this.#y.knots.high[row]! * width;
    const down = this.#y.knots.weight[row]!;
    const last = Math.min(columns.to, low.length - 1);
    const end = high[last]! + 1;
    for (let x = low[columns.from]!; x < end; x++) {
      const value = logits[above + x]!;
      blended[x] = value + (logits[below + x]! - value) * down;
    }
    for (let knot = columns.from; knot <= last; knot++) {
      const left = blended[low[knot]!]!;
      into[knot] = left + (blended[high[knot]!]! - left) * weight[knot]!;
    }
    into[last + 1] = into[last]!;
  }
}

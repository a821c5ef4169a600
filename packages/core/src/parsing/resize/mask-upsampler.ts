/**
 * From a mask's logits to its pixels on the photo.
 *
 * `!` only in inner loops over typed arrays, with indices from tables and bounds made for these arrays.
 */
import { SpanMaskBuilder, type SpanMask } from '../../render/span-mask.ts';
import { type AxisTables, cellsReached } from './axis-tables.ts';
import { KnotRows, type Cells } from './knot-rows.ts';
import { createAxes, type ResizeSteps } from './resize-steps.ts';
import { positiveSigmoid, sigmoidLineSum, sigmoidRunSum, sigmoidSum } from './sigmoid.ts';

export interface UpsampledMask {
  /** The pixels whose resized logit is above 0. */
  readonly mask: SpanMask;
  /** Mean of sigmoid(logit) over these pixels: sum / (count + 1e-6), 0 for an empty mask. */
  readonly meanSigmoid: number;
}

const inside = 1;
const edge = 2;

/**
 * Resizes masks one at a time, both steps composed, and keeps only runs: no map of the photo's size is ever made.
 *
 * Between two rows and two columns of knots (`AxisTables`) lies a cell, whose pixels are all weighted means of its four
 * corners. If all four corners are positive, so are all pixels; if none is, no pixel is. Only along the mask's edge are
 * pixels tested one by one. All buffers are allocated once.
 */
export class MaskUpsampler {
  readonly #x: AxisTables;
  readonly #y: AxisTables;
  readonly #logitsWidth: number;
  readonly #logitsHeight: number;
  readonly #builder: SpanMaskBuilder;
  readonly #knots: KnotRows;
  /** One row of cells as triples (kind, first cell, cell past the last); cells outside the mask are left out. */
  readonly #spans: Int32Array;
  #spanCount = 0;
  #sum = 0;

  constructor(steps: ResizeSteps) {
    const { x, y } = createAxes(steps);
    this.#x = x;
    this.#y = y;
    this.#logitsWidth = steps.logits.width;
    this.#logitsHeight = steps.logits.height;
    this.#builder = new SpanMaskBuilder(steps.photo.width, steps.photo.height);
    this.#knots = new KnotRows(x, y, steps.logits.width);
    this.#spans = new Int32Array(3 * x.knots.low.length);
  }

  /** `logits`: one mask, rows of `steps.logits.width`. */
  upsample(logits: Float32Array): UpsampledMask {
    this.#sum = 0;
    this.#knots.forget();
    const bounds = positiveBounds(logits, this.#logitsWidth, this.#logitsHeight);
    if (bounds !== undefined) {
      const columns = cellsReached(this.#x, bounds.left, bounds.right);
      const rows = cellsReached(this.#y, bounds.top, bounds.bottom);
      for (let row = rows.from; row < rows.to; row++) this.#fillCellRow(logits, row, columns);
    }
    const mask = this.#builder.finish();
    return { mask, meanSigmoid: this.#sum / (mask.area + 1e-6) };
  }

  /** All rows of pixels in one row of cells; there may be none if the photo is smaller than the cut. */
  #fillCellRow(logits: Float32Array, row: number, columns: Cells): void {
    const first = this.#y.cellStart[row]!;
    const end = this.#y.cellStart[row + 1]!;
    if (first === end) return;
    this.#knots.load(logits, row, columns);
    this.#classify(columns);
    for (let i = 0; i < this.#spanCount; i++) {
      if (this.#spans[3 * i] === inside)
        this.#sum += this.#sumInside(row, this.#spans[3 * i + 1]!, this.#spans[3 * i + 2]!);
    }
    for (let y = first; y < end; y++) this.#fillPixelRow(y);
  }

  /** Joins neighboring cells of the same kind. A cell's corners are the knots left and right of it, above and below. */
  #classify(columns: Cells): void {
    const spans = this.#spans;
    const { upper, lower } = this.#knots;
    let count = 0;
    let open = 0;
    let left = Number(upper[columns.from]! > 0) + Number(lower[columns.from]! > 0);
    for (let cell = columns.from; cell < columns.to; cell++) {
      const right = Number(upper[cell + 1]! > 0) + Number(lower[cell + 1]! > 0);
      const positive = left + right;
      left = right;
      const kind = positive === 4 ? inside : positive === 0 ? 0 : edge;
      if (kind !== 0 && kind === open) {
        spans[3 * count - 1] = cell + 1;
      } else if (kind !== 0) {
        spans[3 * count] = kind;
        spans[3 * count + 1] = cell;
        spans[3 * count + 2] = cell + 1;
        count += 1;
      }
      open = kind;
    }
    this.#spanCount = count;
  }

  #sumInside(row: number, from: number, to: number): number {
    const { upper, lower } = this.#knots;
    return sigmoidSum(this.#x, this.#y, { row, from, to, upper, lower, offset: 0 });
  }

  #fillPixelRow(y: number): void {
    const spans = this.#spans;
    const { cellStart } = this.#x;
    for (let i = 0; i < this.#spanCount; i++) {
      const from = spans[3 * i + 1]!;
      const to = spans[3 * i + 2]!;
      if (spans[3 * i] === inside) this.#builder.add(y, cellStart[from]!, cellStart[to]!);
      else this.#fillEdge(y, from, to);
    }
  }

  /** A cell's row of pixels has its values on a line, so only where that crosses 0 are pixels tested one by one. */
  #fillEdge(y: number, from: number, to: number): void {
    const { upper, lower } = this.#knots;
    const { cellStart } = this.#x;
    const down = this.#y.pixels.weight[y]!;
    let right = upper[from]! + (lower[from]! - upper[from]!) * down;
    let start = -1;
    for (let cell = from; cell < to; cell++) {
      const left = right;
      right = upper[cell + 1]! + (lower[cell + 1]! - upper[cell + 1]!) * down;
      if (left <= 0 && right <= 0) {
        if (start >= 0) this.#builder.add(y, start, cellStart[cell]!);
        start = -1;
      } else if (left > 0 && right > 0) {
        if (start < 0) start = cellStart[cell]!;
        this.#sum += sigmoidLineSum(this.#x, cell, left, right - left);
      } else start = this.#fillCrossing(y, cell, left, right - left, start);
    }
    if (start >= 0) this.#builder.add(y, start, cellStart[to]!);
  }

  /** Of a cell in which the line crosses 0. `start` and what is returned: where the open run started, or -1. */
  #fillCrossing(y: number, cell: number, left: number, slope: number, start: number): number {
    const { cellStart, pixels, isUneven } = this.#x;
    const { weight } = pixels;
    const first = cellStart[cell]!;
    const end = cellStart[cell + 1]!;
    let from = first;
    let to = end;
    if (slope > 0) while (from < to && !(left + slope * weight[from]! > 0)) from++;
    else while (from < to && !(left + slope * weight[to - 1]! > 0)) to--;
    const isOpen = start >= 0 && from === first && from < to;
    if (start >= 0 && !isOpen) this.#builder.add(y, start, first);
    if (from === to) return -1;
    const opened = isOpen ? start : from;
    const values = { first: left + slope * weight[from]!, last: left + slope * weight[to - 1]! };
    if (isUneven[cell] === 0) this.#sum += sigmoidRunSum(values.first, values.last, to - from);
    else for (let x = from; x < to; x++) this.#sum += positiveSigmoid(left + slope * weight[x]!);
    if (to === end) return opened;
    this.#builder.add(y, opened, to);
    return -1;
  }
}

// `!` below: a pixel loop within the map's own size.

interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The box, all ends inclusive, around the values of a map that are above 0; undefined if there are none. */
function positiveBounds(map: Float32Array, width: number, height: number): Bounds | undefined {
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && !(map[row + first]! > 0)) first++;
    if (first === width) continue;
    let last = width - 1;
    while (!(map[row + last]! > 0)) last--;
    if (top < 0) top = y;
    bottom = y;
    if (first < left) left = first;
    if (last > right) right = last;
  }
  return top < 0 ? undefined : { left, right, top, bottom };
}

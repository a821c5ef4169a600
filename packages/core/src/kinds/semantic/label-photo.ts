/**
 * The class of each pixel of the photo: the one whose resized value is highest, the lowest id among equals. Values are
 * resized row by row, so that no map of the photo's size is ever held.
 *
 * `!` only in loops over typed arrays of known sizes.
 */
import type { Size } from '../../parsing/resize/resize-steps.ts';
import type { ClassMap, ClassValues } from './class-map.ts';
import type { KnotAxis } from './knots.ts';
import { type ClassMask, LabelRuns } from './label-runs.ts';

export interface KnotAxes {
  readonly x: KnotAxis;
  readonly y: KnotAxis;
}

/** One mask for each class that occurs, except for class 0, by ascending id. */
export function labelByValues(values: ClassValues, axes: KnotAxes, photo: Size): ClassMask[] {
  const labeler = new PixelLabeler(values, axes, photo);
  for (let knot = 0; knot < axes.y.low.length; knot++) labeler.fillCellRow(knot);
  return labeler.runs.finish();
}

/** The same, for classes that the network has chosen itself. */
export function labelByMap(map: ClassMap, { x, y }: KnotAxes, photo: Size): ClassMask[] {
  const runs = new LabelRuns(photo);
  for (let knot = 0; knot < y.low.length; knot++) {
    for (let line = y.cellStart[knot]!; line < y.cellStart[knot + 1]!; line++) {
      for (let cell = 0; cell < x.low.length; cell++) {
        if (x.cellStart[cell] === x.cellStart[cell + 1]) continue;
        const isInside = x.low[cell]! >= 0 && y.low[knot]! >= 0;
        const label = isInside ? map.labels[y.low[knot]! * map.width + x.low[cell]!]! : 0;
        runs.add(line, label, x.cellStart[cell]!, x.cellStart[cell + 1]!);
      }
    }
  }
  return runs.finish();
}

/** The values of all classes at one row of knots, class by class for each knot, and the class that is highest. */
interface KnotRow {
  index: number;
  readonly values: Float32Array;
  readonly labels: Uint8Array;
}

/**
 * Between four knots, values are bilinear for every class, so a class that is highest at all four is highest everywhere
 * between them. Only where they differ are classes compared pixel by pixel, and of these only the ones whose highest
 * corner is not below another class's lowest.
 */
class PixelLabeler {
  readonly runs: LabelRuns;
  readonly #values: ClassValues;
  readonly #axes: KnotAxes;
  #upper: KnotRow;
  #lower: KnotRow;
  /** A row of logits between two rows. */
  readonly #blended: Float32Array;
  /** For each cell of the row, the classes to compare: `#candidates[cell * classes + k]`; none for one class alone. */
  readonly #candidates: Uint8Array;
  readonly #candidateCount: Int32Array;
  /** Of a cell's candidates in one row of pixels: the value at its left knot, and the rise to its right one. */
  readonly #left: Float64Array;
  readonly #rise: Float64Array;

  constructor(values: ClassValues, axes: KnotAxes, photo: Size) {
    const { classes } = values;
    const knots = axes.x.low.length;
    this.runs = new LabelRuns(photo);
    this.#values = values;
    this.#axes = axes;
    this.#upper = createRow(knots, classes);
    this.#lower = createRow(knots, classes);
    this.#blended = new Float32Array(values.width);
    this.#candidates = new Uint8Array(knots * classes);
    this.#candidateCount = new Int32Array(knots);
    this.#left = new Float64Array(classes);
    this.#rise = new Float64Array(classes);
  }

  /** All rows of pixels between a row of knots and the next; there may be none if the photo is small. */
  fillCellRow(knot: number): void {
    const { x, y } = this.#axes;
    const [first, end] = [y.cellStart[knot]!, y.cellStart[knot + 1]!];
    if (first === end) return;
    if (this.#lower.index === knot) [this.#upper, this.#lower] = [this.#lower, this.#upper];
    this.#load(knot, this.#upper);
    this.#load(Math.min(knot + 1, y.low.length - 1), this.#lower);
    for (let cell = 0; cell < x.low.length; cell++) {
      if (x.cellStart[cell]! < x.cellStart[cell + 1]!) this.#findCandidates(cell);
    }
    for (let line = first; line < end; line++) this.#fillRow(line, y.place[line]!);
  }

  #fillRow(line: number, down: number): void {
    const { cellStart } = this.#axes.x;
    for (let cell = 0; cell + 1 < cellStart.length; cell++) {
      const [first, end] = [cellStart[cell]!, cellStart[cell + 1]!];
      if (first === end) continue;
      if (this.#candidateCount[cell] === 0) this.runs.add(line, this.#upper.labels[cell]!, first, end);
      else this.#fillMixedCell(line, cell, down);
    }
  }

  #fillMixedCell(line: number, cell: number, down: number): void {
    const { classes } = this.#values;
    const { cellStart, place } = this.#axes.x;
    const [a, b, c, d] = this.#corners(cell);
    const [upper, lower] = [this.#upper.values, this.#lower.values];
    const count = this.#candidateCount[cell]!;
    const start = cell * classes;
    for (let k = 0; k < count; k++) {
      const id = this.#candidates[start + k]!;
      const left = upper[a + id]! + (lower[c + id]! - upper[a + id]!) * down;
      this.#left[k] = left;
      this.#rise[k] = upper[b + id]! + (lower[d + id]! - upper[b + id]!) * down - left;
    }
    for (let pixel = cellStart[cell]!; pixel < cellStart[cell + 1]!; pixel++) {
      let best = 0;
      let highest = -Infinity;
      for (let k = 0; k < count; k++) {
        const value = this.#left[k]! + this.#rise[k]! * place[pixel]!;
        if (value > highest) [highest, best] = [value, k];
      }
      this.runs.add(line, this.#candidates[start + best]!, pixel, pixel + 1);
    }
  }

  /** Where the values of a cell's corners start: upper left, upper right, lower left, lower right. */
  #corners(cell: number): readonly [number, number, number, number] {
    const { classes } = this.#values;
    const left = cell * classes;
    const right = Math.min(cell + 1, this.#axes.x.low.length - 1) * classes;
    return [left, right, left, right];
  }

  #findCandidates(cell: number): void {
    const [upper, lower] = [this.#upper, this.#lower];
    const right = Math.min(cell + 1, upper.labels.length - 1);
    const label = upper.labels[cell]!;
    this.#candidateCount[cell] = 0;
    if (label === upper.labels[right] && label === lower.labels[cell] && label === lower.labels[right]) return;
    const { classes } = this.#values;
    const [a, b, c, d] = this.#corners(cell);
    let floor = -Infinity;
    for (let id = 0; id < classes; id++) {
      const least = Math.min(
        upper.values[a + id]!,
        upper.values[b + id]!,
        lower.values[c + id]!,
        lower.values[d + id]!,
      );
      if (least > floor) floor = least;
    }
    let count = 0;
    for (let id = 0; id < classes; id++) {
      const most = Math.max(upper.values[a + id]!, upper.values[b + id]!, lower.values[c + id]!, lower.values[d + id]!);
      if (most >= floor) this.#candidates[cell * classes + count++] = id;
    }
    this.#candidateCount[cell] = count;
  }

  /** Fills a row of knots: first between two rows of logits, then along it. */
  #load(knot: number, into: KnotRow): void {
    if (into.index === knot) return;
    into.index = knot;
    const { classes } = this.#values;
    const { low, high, weight } = this.#axes.x;
    for (let id = 0; id < classes; id++) {
      this.#blend(knot, id);
      for (let k = 0, at = id; k < low.length; k++, at += classes) {
        const left = low[k]! < 0 ? 0 : this.#blended[low[k]!]!;
        const right = low[k]! < 0 ? 0 : this.#blended[high[k]!]!;
        into.values[at] = left + (right - left) * weight[k]!;
      }
    }
    for (let k = 0; k < low.length; k++) into.labels[k] = highest(into.values, k * classes, classes);
  }

  #blend(knot: number, id: number): void {
    const { low, high, weight } = this.#axes.y;
    const { data, classStride, rowStride, columnStride, width } = this.#values;
    if (low[knot]! < 0) return void this.#blended.fill(0);
    let above = id * classStride + low[knot]! * rowStride;
    let below = id * classStride + high[knot]! * rowStride;
    for (let i = 0; i < width; i++, above += columnStride, below += columnStride) {
      this.#blended[i] = data[above]! + (data[below]! - data[above]!) * weight[knot]!;
    }
  }
}

function createRow(knots: number, classes: number): KnotRow {
  return { index: -1, values: new Float32Array(knots * classes), labels: new Uint8Array(knots) };
}

/** The number of the highest of some values, the first among equals. */
export function highest(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/**
 * One person: from rows of S (see `ClassRows`) to one mask per class.
 *
 * `!` only in pixel loops over typed arrays of known sizes.
 */
import { SpanMaskBuilder, type SpanMask } from '../../render/span-mask.ts';
import type { NetworkOutput } from '../../parsing/network/network-output.ts';
import type { ResizeSteps, Size } from '../../parsing/resize/resize-steps.ts';
import { sigmoid, sigmoidSum } from '../../parsing/resize/sigmoid.ts';
import type { ParsedMask, Parsing } from '../../parsing/types.ts';
import { resizeThenSum, sumThenResize, type ClassRows } from './class-rows.ts';

export interface PersonSettings {
  /** `sem_seg_postprocess_before_inference`: each mask is resized to the photo before they are summed. */
  readonly resizeBeforeSum: boolean;
  /** Masks whose score is not above this are dropped. */
  readonly scoreThreshold: number;
}

const backgroundClassId = 0;

/**
 * One person: turns the network's outputs into one mask per class that occurs, by ascending class id, background
 * included, as M2FP's reference defines them. A mask's score is the sum of sigmoid(S) over its pixels, divided by their
 * number + 1.
 *
 * Parts belong to person 1, the background to nobody. A photo that is all background has no person.
 */
export function postProcessPerson(
  output: NetworkOutput,
  steps: ResizeSteps,
  settings: PersonSettings,
): Pick<Parsing, 'masks' | 'people'> {
  const rows = (settings.resizeBeforeSum ? resizeThenSum : sumThenResize)(output, steps);
  const masks = labelPixels(rows, steps.photo)
    .map(({ classId, mask, sigmoidSum }): ParsedMask => ({
      classId,
      score: sigmoidSum / (mask.area + 1),
      mask,
      personId: classId === backgroundClassId ? 0 : 1,
    }))
    .filter(({ score }) => score > settings.scoreThreshold);
  return { masks, people: masks.some(({ personId }) => personId === 1) ? 1 : 0 };
}

interface ClassMask {
  readonly classId: number;
  readonly mask: SpanMask;
  /** Sum of sigmoid(S) of this class over the mask. */
  readonly sigmoidSum: number;
}

/** One row of S and, for each knot, the class that is highest there (the lowest id among equals). */
interface LabeledRow {
  index: number;
  readonly values: Float64Array;
  readonly labels: Uint8Array;
}

/** Gives each pixel of the photo the class whose resized S is highest; one mask per class that occurs, ascending. */
function labelPixels(rows: ClassRows, photo: Size): ClassMask[] {
  const labeler = new PixelLabeler(rows, photo);
  for (let row = 0; row < rows.y.knots.low.length; row++) labeler.fillCellRow(row);
  return labeler.finish();
}

/**
 * Between four knots, S is bilinear for every class, so a class that is highest at all four is highest everywhere
 * between them. Only where the four differ are the classes compared pixel by pixel.
 */
class PixelLabeler {
  readonly #rows: ClassRows;
  readonly #stride: number;
  readonly #builders: SpanMaskBuilder[];
  readonly #sums: Float64Array;
  #upper: LabeledRow;
  #lower: LabeledRow;
  /** S of each class at the left end of a cell in one row of pixels, and its rise across the cell. */
  readonly #left: Float64Array;
  readonly #rise: Float64Array;

  constructor(rows: ClassRows, photo: Size) {
    this.#rows = rows;
    this.#stride = rows.x.knots.low.length + 1;
    this.#builders = Array.from({ length: rows.classes }, () => new SpanMaskBuilder(photo.width, photo.height));
    this.#sums = new Float64Array(rows.classes);
    this.#upper = createRow(rows.classes, this.#stride);
    this.#lower = createRow(rows.classes, this.#stride);
    this.#left = new Float64Array(rows.classes);
    this.#rise = new Float64Array(rows.classes);
  }

  /** All rows of pixels in one row of cells; there may be none if the photo is smaller than the map of S. */
  fillCellRow(row: number): void {
    const { cellStart } = this.#rows.y;
    const first = cellStart[row]!;
    const end = cellStart[row + 1]!;
    if (first === end) return;
    this.#load(row);
    for (let cell = 0; cell + 1 < this.#stride; cell++) {
      const label = this.#labelOf(cell);
      if (label >= 0) this.#sums[label]! += this.#cellSum(row, cell, label);
    }
    for (let y = first; y < end; y++) this.#fillPixelRow(y);
  }

  finish(): ClassMask[] {
    return this.#builders
      .map((builder, classId) => ({ classId, mask: builder.finish(), sigmoidSum: this.#sums[classId]! }))
      .filter(({ mask }) => mask.area > 0);
  }

  #fillPixelRow(y: number): void {
    const { cellStart } = this.#rows.x;
    for (let cell = 0; cell + 1 < this.#stride; cell++) {
      const label = this.#labelOf(cell);
      if (label >= 0) this.#builders[label]!.add(y, cellStart[cell]!, cellStart[cell + 1]!);
      else this.#fillMixedCell(y, cell);
    }
  }

  #fillMixedCell(y: number, cell: number): void {
    const { classes, x } = this.#rows;
    const down = this.#rows.y.pixels.weight[y]!;
    const upper = this.#upper.values;
    const lower = this.#lower.values;
    for (let c = 0; c < classes; c++) {
      const at = c * this.#stride + cell;
      const left = upper[at]! + (lower[at]! - upper[at]!) * down;
      this.#left[c] = left;
      this.#rise[c] = upper[at + 1]! + (lower[at + 1]! - upper[at + 1]!) * down - left;
    }
    for (let pixel = x.cellStart[cell]!; pixel < x.cellStart[cell + 1]!; pixel++) {
      this.#fillPixel(y, pixel, x.pixels.weight[pixel]!);
    }
  }

  #fillPixel(y: number, x: number, place: number): void {
    let label = 0;
    let highest = -Infinity;
    for (let c = 0; c < this.#left.length; c++) {
      const value = this.#left[c]! + this.#rise[c]! * place;
      if (value <= highest) continue;
      highest = value;
      label = c;
    }
    this.#builders[label]!.add(y, x, x + 1);
    this.#sums[label]! += sigmoid(highest);
  }

  /** The class that is highest at all corners of a cell, or -1. */
  #labelOf(cell: number): number {
    const upper = this.#upper.labels;
    const lower = this.#lower.labels;
    const label = upper[cell]!;
    return label === upper[cell + 1] && label === lower[cell] && label === lower[cell + 1] ? label : -1;
  }

  #cellSum(row: number, cell: number, label: number): number {
    const { x, y } = this.#rows;
    const upper = this.#upper.values;
    const lower = this.#lower.values;
    return sigmoidSum(x, y, { row, from: cell, to: cell + 1, upper, lower, offset: label * this.#stride });
  }

  /** The rows of knots above and below a row of cells; the previous lower row is the upper one now. */
  #load(row: number): void {
    if (this.#lower.index === row) [this.#upper, this.#lower] = [this.#lower, this.#upper];
    this.#compute(row, this.#upper);
    this.#compute(Math.min(row + 1, this.#rows.y.knots.low.length - 1), this.#lower);
  }

  #compute(row: number, into: LabeledRow): void {
    if (into.index === row) return;
    into.index = row;
    this.#rows.compute(row, into.values);
    for (let knot = 0; knot < this.#stride; knot++) {
      let label = 0;
      for (let c = 1; c < this.#rows.classes; c++) {
        if (into.values[c * this.#stride + knot]! > into.values[label * this.#stride + knot]!) label = c;
      }
      into.labels[knot] = label;
    }
  }
}

function createRow(classes: number, stride: number): LabeledRow {
  return { index: -1, values: new Float64Array(classes * stride), labels: new Uint8Array(stride) };
}

/**
 * The sum of all queries' masks per class, row by row, in the two orders that the reference uses.
 *
 * `!` only in tensor loops over typed arrays of known sizes.
 */
import { classProbabilities, maskLogits, type NetworkOutput } from '../../parsing/network/network-output.ts';
import type { AxisTables } from '../../parsing/resize/axis-tables.ts';
import { KnotRows } from '../../parsing/resize/knot-rows.ts';
import { createAxes, createAxesOfAllKnots, type ResizeSteps } from '../../parsing/resize/resize-steps.ts';
import { sigmoid } from '../../parsing/resize/sigmoid.ts';

/** Smaller values add nothing to a float32 sum of values around 1, however many there are. */
const negligible = 1e-10;

/**
 * S, the semantic map of every class: S_c = sum over all queries q of p[q, c] * sigmoid(mask q). It is computed one row
 * at a time, so that no stack of whole maps is ever held. `x` and `y` lead from this map's pixels, which are the knots,
 * to the photo's.
 */
export interface ClassRows {
  readonly classes: number;
  readonly x: AxisTables;
  readonly y: AxisTables;
  /** Fills C rows, each one value longer than the map is wide: the last value is repeated. */
  compute(row: number, into: Float64Array): void;
}

/** Sums first, at the padded input's size; S is cut and resized to the photo afterwards. */
export function sumThenResize(output: NetworkOutput, steps: ResizeSteps): ClassRows {
  const { x, y } = createAxesOfAllKnots(steps);
  const width = x.knots.low.length;
  const knots = new KnotRows(x, y, output.maskSize.width);
  const values = new Float32Array(width + 1);
  const add = createWeightedSum(output, width);
  return {
    classes: output.classes,
    x,
    y,
    compute(row, into) {
      into.fill(0);
      for (let query = 0; query < output.queries; query++) {
        knots.compute(maskLogits(output, query), row, values, { from: 0, to: width });
        for (let i = 0; i < width; i++) values[i] = sigmoid(values[i]!);
        add(query, values, into);
      }
      repeatLast(into, output.classes, width);
    },
  };
}

/** Resizes every mask to the photo first; S is summed at the photo's size, so its pixels are the knots. */
export function resizeThenSum(output: NetworkOutput, steps: ResizeSteps): ClassRows {
  const { x, y } = createAxes(steps);
  const { photo } = steps;
  const whole = { x0: 0, y0: 0, x1: photo.width, y1: photo.height };
  const masks = Array.from({ length: output.queries }, () => new KnotRows(x, y, output.maskSize.width));
  const columns = { from: 0, to: x.knots.low.length };
  const values = new Float32Array(photo.width + 1);
  const add = createWeightedSum(output, photo.width);
  return {
    classes: output.classes,
    ...createAxesOfAllKnots({ logits: photo, padded: photo, cut: whole, photo }),
    compute(row, into) {
      into.fill(0);
      masks.forEach((knots, query) => {
        knots.load(maskLogits(output, query), y.pixels.low[row]!, columns);
        resizeRow(knots, x, y.pixels.weight[row]!, values);
        add(query, values, into);
      });
      repeatLast(into, output.classes, photo.width);
    },
  };
}

/** The sigmoids of one row of pixels between two rows of knots. */
function resizeRow({ upper, lower }: KnotRows, x: AxisTables, down: number, into: Float32Array): void {
  const { low, high, weight } = x.pixels;
  for (let i = 0; i < low.length; i++) {
    const left = upper[low[i]!]! + (lower[low[i]!]! - upper[low[i]!]!) * down;
    const right = upper[high[i]!]! + (lower[high[i]!]! - upper[high[i]!]!) * down;
    into[i] = sigmoid(left + (right - left) * weight[i]!);
  }
}

/** Adds one query's row of sigmoids to the rows of all classes, weighted by its probabilities. */
function createWeightedSum(output: NetworkOutput, width: number) {
  const probabilities = classProbabilities(output);
  return (query: number, values: Float32Array, into: Float64Array): void => {
    for (let c = 0; c < output.classes; c++) {
      const probability = probabilities[query * output.classes + c]!;
      if (probability < negligible) continue;
      const start = c * (width + 1);
      for (let i = 0; i < width; i++) into[start + i]! += probability * values[i]!;
    }
  };
}

function repeatLast(rows: Float64Array, classes: number, width: number): void {
  for (let c = 0; c < classes; c++) rows[c * (width + 1) + width] = rows[c * (width + 1) + width - 1]!;
}

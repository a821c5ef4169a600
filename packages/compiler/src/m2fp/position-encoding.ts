/**
 * Sine position encodings (DETR, arXiv 2005.12872, appendix A.4; normalized to 2π per side as Deformable DETR and
 * Mask2Former have it). They depend on the image's size, so the graph computes them: sines and cosines for each row and
 * each column once, then one addition spreads them over the map.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { indices, type MapSize, reshape, toFloat } from './feature-map.ts';

const temperature = 10_000;
const epsilon = 1e-6;

/** Encodings for a map's tokens, row by row: [height * width, width of the features]. */
interface PositionEncoder {
  /** `added` [features] is a vector that every token gets as well. */
  encode(size: MapSize, added?: Value): Value;
}

/**
 * The first half of the features comes from the row, the other from the column; in each, sine and cosine take turns.
 */
export function createPositionEncoder(g: GraphBuilder, features: number): PositionEncoder {
  const half = features / 2;
  const divisors = g.sharedConstant(
    `position_divisors_${features}`,
    () => Float32Array.from({ length: half / 2 }, (_, i) => temperature ** ((2 * i) / half)),
    [1, half / 2],
  );
  return {
    encode({ height, width }, added) {
      const rows = padColumns(g, encodeSide(g, height, divisors), 0, half);
      const columns = padColumns(g, encodeSide(g, width, divisors), half, 0);
      const rowPart = reshape(g, added === undefined ? rows : g.node('Add', [rows, added]), [-1, 1, features]);
      const map = g.node('Add', [rowPart, reshape(g, columns, [1, -1, features])], {}, { name: 'position' });
      return reshape(g, map, [-1, features]);
    },
  };
}

/** [count, half the features] for the rows, or the columns, of a map. The order of operations is the reference's. */
function encodeSide(g: GraphBuilder, count: Value, divisors: Value): Value {
  const numbers = g.node('Add', [indices(g, count), g.scalar(1)]);
  const end = g.node('Add', [toFloat(g, count), g.scalar(epsilon)]);
  const angles = g.node('Mul', [g.node('Div', [numbers, end]), g.scalar(2 * Math.PI)]);
  const scaled = g.node('Div', [g.node('Unsqueeze', [angles, g.ints([1])]), divisors]);
  const pair = ['Sin', 'Cos'].map((type) => g.node('Unsqueeze', [g.node(type, [scaled]), g.ints([2])]));
  return g.node('Flatten', [g.node('Concat', pair, { axis: 2 })], { axis: 1 });
}

/** Zeros on the left and on the right of [rows, columns]. */
function padColumns(g: GraphBuilder, x: Value, left: number, right: number): Value {
  return g.node('Pad', [x, g.ints([left, right]), undefined, g.ints([1])]);
}

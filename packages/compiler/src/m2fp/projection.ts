/** The query, key and value projections of a multi-head attention, and what can be worked into them beforehand. */
// `!` below: loops over weights, within the lengths that their shapes give.
import type { WeightReader } from './weight-reader.ts';

/** `x · Wᵀ + b`, width to width. */
export interface Projection {
  readonly name: string;
  /** [width, width] */
  readonly weight: Float32Array;
  /** [width] */
  readonly bias: Float32Array;
}

export interface Projections {
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
}

/** `attention` has `in_proj_weight` and `in_proj_bias`: query, key and value, one under the other. */
export async function readProjections(attention: WeightReader, width: number): Promise<Projections> {
  const { data: weight } = await attention.read('in_proj_weight');
  const { data: bias } = await attention.read('in_proj_bias');
  const part = (name: string, i: number): Projection => ({
    name: `${attention.path}.${name}`,
    weight: weight.subarray(i * width * width, (i + 1) * width * width),
    bias: bias.subarray(i * width, (i + 1) * width),
  });
  return { query: part('query', 0), key: part('key', 1), value: part('value', 2) };
}

/** The projection, its result multiplied by `factor`. */
export function scaled({ name, weight, bias }: Projection, factor: number): Projection {
  return { name, weight: weight.map((value) => value * factor), bias: bias.map((value) => value * factor) };
}

/** The projections of some vectors [n, width], bias included: [n, width]. Sums in float64. */
export function projectVectors({ weight, bias }: Projection, vectors: Float32Array): Float32Array {
  const width = bias.length;
  return Float32Array.from(vectors, (_, at) => {
    const row = at - (at % width);
    const out = at % width;
    let sum = bias[out]!;
    for (let i = 0; i < width; i++) sum += vectors[row + i]! * weight[out * width + i]!;
    return sum;
  });
}

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

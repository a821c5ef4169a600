/** Row-major float64 values, `data.length` the product of `shape`. Maps are [channels, height, width]. */
export interface Tensor {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

export function tensor(shape: readonly number[], value: (index: number) => number = () => 0): Tensor {
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < data.length; i++) data[i] = value(i);
  return { data, shape };
}

function mapValues({ data, shape }: Tensor, f: (value: number, index: number) => number): Tensor {
  return tensor(shape, (i) => f(data[i] ?? NaN, i));
}

export const relu = (x: Tensor): Tensor => mapValues(x, (value) => Math.max(0, value));

export function add(a: Tensor, b: Tensor): Tensor {
  if (a.data.length !== b.data.length) throw new Error(`[${a.shape.join()}] and [${b.shape.join()}] differ`);
  return mapValues(a, (value, i) => value + (b.data[i] ?? NaN));
}

/** [a, b] → [b, a] */
export function transpose({ data, shape }: Tensor): Tensor {
  const [rows = 0, columns = 0] = shape;
  return tensor([columns, rows], (i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);
}

/** Rows `from .. to - 1`. */
export function rowsOf({ data, shape }: Tensor, from: number, to: number): Tensor {
  const size = data.length / (shape[0] ?? 0);
  return { data: data.slice(from * size, to * size), shape: [to - from, ...shape.slice(1)] };
}

/** One under the other. */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  const data = Float64Array.from(parts.flatMap((part) => [...part.data]));
  return { data, shape: [rows, ...(parts[0]?.shape.slice(1) ?? [])] };
}

/** The checkpoint's tensors in float64, by name. */
export type Parameters = (name: string) => Tensor;

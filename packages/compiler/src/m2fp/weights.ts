/**
 * A network's parameters. Each is named and given its shape where the network uses it and nowhere else. Nothing is read
 * while a network is built: what it declares can be listed (`recordWeights`), or read later, one tensor at a time
 * (`weightsFrom`).
 */
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import { formatShape, type Shape, tensorProblem, type TensorSource } from '../checkpoint/tensor-source.ts';

/** A parameter of a network, or one computed from some. */
export interface Weight {
  /** Its full name. */
  readonly name: string;
  readonly shape: Shape;
  /**
   * Row-major values. Rejects with `model_unavailable` if the checkpoint has no such tensor of this shape, or not all
   * of its values are finite.
   */
  readonly read: () => Promise<Float32Array>;
}

/** The parameters below one path, such as `backbone.stem`. */
export class Weights {
  readonly path: string;
  readonly #declare: (name: string, shape: Shape) => Weight;

  constructor(declare: (name: string, shape: Shape) => Weight, path = '') {
    this.#declare = declare;
    this.path = path;
  }

  within(path: string): Weights {
    return new Weights(this.#declare, this.#fullName(path));
  }

  /** Declares that the network uses this parameter in this shape. */
  tensor(name: string, shape: Shape): Weight {
    return this.#declare(this.#fullName(name), shape);
  }

  /** `weight` in this shape, and `bias` with one value per output: a linear layer, a convolution or a norm's scale. */
  affine(shape: readonly [outputs: number, ...others: number[]]): { weight: Weight; bias: Weight } {
    return { weight: this.tensor('weight', shape), bias: this.tensor('bias', [shape[0]]) };
  }

  #fullName(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

export function weightsFrom(source: TensorSource): Weights {
  return new Weights((name, shape) => ({
    name,
    shape,
    read: async () => {
      const problem = tensorProblem(source, name, shape);
      if (problem !== undefined) throw checkpointError(problem);
      const data = await source.read(name);
      if (data.every(Number.isFinite)) return data;
      throw checkpointError(`${source.description}: tensor ${name} holds values that are not finite.`);
    },
  }));
}

/** For a dry run: every declared parameter goes into `shapes`, and none can be read. */
export function recordWeights(shapes: Map<string, Shape>): Weights {
  return new Weights((name, shape) => {
    const known = shapes.get(name) ?? shape;
    if (known.join() !== shape.join()) {
      throw new Error(`${name} is used as ${formatShape(known)} and as ${formatShape(shape)}`);
    }
    shapes.set(name, shape);
    return { name, shape, read: () => Promise.reject(new Error(`${name} is read in a dry run`)) };
  });
}

/**
 * Values that several constants are computed from: created for the first of `uses` calls, and dropped after the last,
 * so that they are in memory only while those constants are written.
 */
export function createOnce<T>(uses: number, create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | undefined;
  let left = uses;
  return () => {
    const current = (created ??= create());
    left -= 1;
    if (left <= 0) created = undefined;
    return current;
  };
}

/** Two sizes of a weight that must have them: `[rows, columns]` of a matrix, and of a 1x1 convolution. */
export function matrixSize({ name, shape }: Weight): readonly [rows: number, columns: number] {
  const [rows, columns, ...window] = shape;
  if (rows === undefined || columns === undefined || window.some((size) => size !== 1)) {
    throw new Error(`${name} is ${formatShape(shape)}, which is not a matrix`);
  }
  return [rows, columns];
}

import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import { formatShape, requireTensor, type Shape, type TensorSource } from '../checkpoint/tensor-source.ts';

/** A tensor of the checkpoint: row-major values. */
export interface Weight {
  /** Its full name. */
  readonly name: string;
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** Reads the tensors that a network requires, each with the shape that the architecture gives it. */
export class WeightReader {
  readonly #source: TensorSource;
  readonly #required: ReadonlyMap<string, Shape>;
  readonly path: string;

  constructor(source: TensorSource, required: ReadonlyMap<string, Shape>, path = '') {
    this.#source = source;
    this.#required = required;
    this.path = path;
  }

  /** The same, for names that start with `path` and a dot. */
  within(path: string): WeightReader {
    return new WeightReader(this.#source, this.#required, this.#fullName(path));
  }

  /** Rejects with `model_unavailable` where the checkpoint has no such tensor of the required shape, or not all of its values are finite. */
  async read(name: string): Promise<Weight> {
    const fullName = this.#fullName(name);
    const shape = this.#required.get(fullName);
    if (shape === undefined) throw new Error(`${fullName} is read, but not among the required tensors`);
    const data = await requireTensor(this.#source, fullName, shape);
    if (!data.every(Number.isFinite)) {
      throw checkpointError(`${this.#source.description}: tensor ${fullName} holds values that are not finite.`);
    }
    return { name: fullName, shape, data };
  }

  #fullName(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

/** Two sizes of a weight that has to have them: `[rows, columns]` of a matrix, and of a 1x1 convolution. */
export function matrixSize({ name, shape }: Weight): readonly [rows: number, columns: number] {
  const [rows, columns, ...window] = shape;
  if (rows === undefined || columns === undefined || window.some((size) => size !== 1)) {
    throw new Error(`${name} is ${formatShape(shape)}, no matrix`);
  }
  return [rows, columns];
}

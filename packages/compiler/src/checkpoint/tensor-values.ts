/**
 * From a tensor's bytes in the file to its values: the kinds of storage that can hold them, and their order in it.
 * Values are little-endian in the file, as they are on every machine that Node's builds here run on.
 */
// `!` below: indices within the array's length, within `shape`, or within the view's extent, for which the tensor's
// record was checked.
import { floatsFromHalves } from '@m2fp/core/model';
import { elementCount, type Shape } from './tensor-source.ts';

export interface StorageType {
  /** As it is commonly called. */
  readonly dtype: string;
  readonly itemBytes: number;
  /** Views the bytes as numbers. `buffer` holds a whole number of items. */
  readonly view: (buffer: ArrayBuffer) => ArrayLike<number>;
}

/** By the name that the pickle gives them. */
export const storageTypes: ReadonlyMap<string, StorageType> = new Map(
  Object.entries({
    'torch.FloatStorage': { dtype: 'float32', itemBytes: 4, view: (buffer) => new Float32Array(buffer) },
    'torch.DoubleStorage': { dtype: 'float64', itemBytes: 8, view: (buffer) => new Float64Array(buffer) },
    'torch.HalfStorage': { dtype: 'float16', itemBytes: 2, view: floatsFromHalfBits },
    'torch.BFloat16Storage': { dtype: 'bfloat16', itemBytes: 2, view: floatsFromBrainFloats },
    'torch.LongStorage': { dtype: 'int64', itemBytes: 8, view: floatsFromLongs },
    'torch.IntStorage': { dtype: 'int32', itemBytes: 4, view: (buffer) => new Int32Array(buffer) },
    'torch.ShortStorage': { dtype: 'int16', itemBytes: 2, view: (buffer) => new Int16Array(buffer) },
    'torch.CharStorage': { dtype: 'int8', itemBytes: 1, view: (buffer) => new Int8Array(buffer) },
    'torch.ByteStorage': { dtype: 'uint8', itemBytes: 1, view: (buffer) => new Uint8Array(buffer) },
    'torch.BoolStorage': { dtype: 'bool', itemBytes: 1, view: (buffer) => new Uint8Array(buffer) },
  } satisfies Record<string, StorageType>),
);

function floatsFromHalfBits(buffer: ArrayBuffer): Float32Array {
  return floatsFromHalves(new Uint16Array(buffer));
}

/** bfloat16 is the upper half of a float32. */
function floatsFromBrainFloats(buffer: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer);
}

function floatsFromLongs(buffer: ArrayBuffer): Float32Array {
  return Float32Array.from(new BigInt64Array(buffer), Number);
}

/** Copies a strided view into row-major order. `items` begins with the view's first element; strides count items. */
export function rowMajor(items: ArrayLike<number>, shape: Shape, strides: readonly number[]): Float32Array {
  if (isContiguous(shape, strides)) return items instanceof Float32Array ? items : new Float32Array(items);
  const values = new Float32Array(elementCount(shape));
  const index = new Array<number>(shape.length).fill(0);
  let position = 0;
  for (let i = 0; i < values.length; i += 1) {
    values[i] = items[position]!;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      position += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}

/** True if row-major order is the order in memory. The stride of a dimension of size 1 is never used. */
function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

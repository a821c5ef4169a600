import { elementCount, type Shape } from './tensor-source.ts';

/**
 * Copies a strided view into row-major order. `items` begins with the view's first element; strides count items.
 *
 * A `!` below is on an index that the tensor's record was checked for: within `shape`, or within the view's extent.
 */
export function gather(items: ArrayLike<number>, shape: Shape, strides: readonly number[]): Float32Array {
  if (isContiguous(shape, strides)) return items instanceof Float32Array ? items : Float32Array.from(items);
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

/** True where row-major order is the order in memory. The stride of a dimension of size 1 is never used. */
function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] ?? 1;
  }
  return true;
}

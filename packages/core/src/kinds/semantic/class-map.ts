/**
 * What a segmentation network gives: a value for each class and place, or the class of each place.
 *
 * `!` only in loops over tensors of checked sizes.
 */
import type { FloatTensor } from '../../model/session.ts';
import type { Size } from '../../parsing/resize/resize-steps.ts';
import type { SemanticOutput } from './manifest.ts';

/** The value of class c at (x, y) is `data[c * classStride + y * rowStride + x * columnStride]`. */
export interface ClassValues extends Size {
  readonly data: Float32Array;
  readonly classes: number;
  readonly classStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Class ids, row by row. */
export interface ClassMap extends Size {
  readonly labels: Uint8Array;
}

/** Undefined unless the shape is [1, classes, height, width] in the output's layout; the 1 may be missing. */
export function readClassValues(
  { data, shape }: FloatTensor,
  layout: SemanticOutput['layout'],
  classes: number,
): ClassValues | undefined {
  const [a = 0, b = 0, c = 0] = shape.slice(-3);
  const [channels, height, width] = layout === 'nchw' ? [a, b, c] : [c, a, b];
  if (!isSingle(shape, 3) || channels !== classes || height === 0 || width === 0) return undefined;
  const strides =
    layout === 'nchw'
      ? { classStride: height * width, rowStride: width, columnStride: 1 }
      : { classStride: 1, rowStride: width * classes, columnStride: classes };
  return { data, classes, width, height, ...strides };
}

/** What data sets mark pixels of no class with; it becomes 0. */
const noClass = 255;

/** The first class of a label map that is none of `ids`. */
export function strangeClass({ data }: FloatTensor, ids: ReadonlySet<number>): number | undefined {
  return data.find((id) => id !== noClass && !ids.has(id));
}

/** Undefined unless the shape is [1, height, width], with any further 1 before or after. */
export function readClassMap({ data, shape }: FloatTensor, ids: ReadonlySet<number>): ClassMap | undefined {
  const hasLastOne = shape.length === 4 && shape[3] === 1;
  const kept = hasLastOne ? shape.slice(0, 3) : shape;
  const [height = 0, width = 0] = kept.slice(-2);
  if (!isSingle(kept, 2) || height === 0 || width === 0) return undefined;
  return { width, height, labels: Uint8Array.from(data, (id) => (ids.has(id) ? id : 0)) };
}

/** All dimensions but the last ones are 1. */
function isSingle(shape: readonly number[], last: number): boolean {
  return shape.length >= last && shape.length <= 4 && shape.slice(0, -last).every((size) => size === 1);
}

/**
 * What the converters of ops pass on.
 *
 * TensorFlow's pictures are NHWC, onnxruntime's kernels want NCHW. An operand keeps TensorFlow's shape, so that every
 * op's axes and sizes read as in TensorFlow, and says how the ONNX value is laid out in memory: `plain` as the shape
 * says, or `channels-first` (rank 4 only). Ops keep channels-first if they can; a Transpose is written only for an op
 * that really mixes the axes, like Reshape. Constants are held back until an op needs them, then laid out for it.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { ConstantTensor } from './graph-model.ts';

export type Layout = 'plain' | 'channels-first';

export interface TensorOperand {
  readonly kind: 'tensor';
  readonly value: Value;
  readonly type: 'float32' | 'int64';
  /** TensorFlow's shape, whatever the layout. */
  readonly shape: readonly number[];
  readonly layout: Layout;
}

export interface ConstantOperand extends ConstantTensor {
  readonly kind: 'constant';
  readonly name: string;
}

export type Operand = TensorOperand | ConstantOperand;

/** NHWC's axes in NCHW's order, and the other way round. */
const channelsFirstOrder = [0, 3, 1, 2] as const;
const channelsLastOrder = [0, 2, 3, 1] as const;

export function tensor(
  value: Value,
  shape: readonly number[],
  layout: Layout,
  type: TensorOperand['type'] = 'float32',
): TensorOperand {
  return { kind: 'tensor', value, shape, layout, type };
}

/** The value as NCHW. Throws if the rank is not 4. */
export function channelsFirst(g: GraphBuilder, operand: Operand): Value {
  if (operand.shape.length !== 4) throw new Error(`A picture has rank 4, not ${operand.shape.length}.`);
  if (operand.kind === 'constant') {
    const { data, shape } = permute(operand, channelsFirstOrder);
    return g.constant(operand.name, data, shape);
  }
  if (operand.layout === 'channels-first') return operand.value;
  return g.node('Transpose', [operand.value], { perm: channelsFirstOrder });
}

/** The value as TensorFlow's shape says. */
export function plain(g: GraphBuilder, operand: Operand): Value {
  if (operand.kind === 'constant') return g.constant(operand.name, operand.data, operand.shape);
  if (operand.layout === 'plain') return operand.value;
  return g.node('Transpose', [operand.value], { perm: channelsLastOrder });
}

/** The value in the layout given. */
export function laidOut(g: GraphBuilder, operand: Operand, layout: Layout): Value {
  return layout === 'plain' ? plain(g, operand) : channelsFirst(g, operand);
}

export function layoutOf(operand: Operand): Layout {
  return operand.kind === 'tensor' ? operand.layout : 'plain';
}

/** A TensorFlow axis, negative ones counted from the end, as the axis of the value in memory. */
export function physicalAxis(axis: number, shape: readonly number[], layout: Layout): number {
  const logical = axis < 0 ? axis + shape.length : axis;
  if (logical < 0 || logical >= shape.length) throw new Error(`Axis ${axis} is outside of rank ${shape.length}.`);
  return layout === 'plain' ? logical : channelsFirstOrder.findIndex((source) => source === logical);
}

/** Reorders one item per axis from TensorFlow's order to the order in memory. */
export function physicalOrder<T>(items: readonly T[], layout: Layout): T[] {
  return layout === 'plain' ? [...items] : channelsFirstOrder.map((axis) => at(items, axis));
}

/** True if without these TensorFlow axes the rest is in the same order in both layouts. */
export function keepsOrderWithout(axes: readonly number[], operand: TensorOperand): boolean {
  if (operand.layout === 'plain') return true;
  const left = channelsFirstOrder.filter((axis) => !axes.includes(axis));
  return left.every((axis, i) => i === 0 || at(left, i - 1) < axis);
}

/** `numpy.transpose` of a constant. */
export function permute(tensor: ConstantTensor, order: readonly number[]): ConstantTensor {
  const strides = tensor.shape.map((_, axis) =>
    tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1),
  );
  const shape = order.map((axis) => at(tensor.shape, axis));
  const steps = order.map((axis) => at(strides, axis));
  const data = tensor.data.slice();
  const index = shape.map(() => 0);
  let source = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = at(tensor.data, source);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = at(index, axis) + 1;
      source += at(steps, axis);
      if (next < at(shape, axis)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      source -= next * at(steps, axis);
    }
  }
  return { shape, data };
}

/** An element that exists by construction; throws if it does not. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`No element ${index} among ${items.length}.`);
  return item;
}

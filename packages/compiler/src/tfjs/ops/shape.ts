/** Ops about shapes. Most are evaluated during conversion, when every size is known. */
import { intAttribute, intsAttribute } from '../graph-model.ts';
import {
  at,
  type ConstantOperand,
  keepsOrderWithout,
  laidOut,
  layoutOf,
  type Operand,
  physicalAxis,
  plain,
  tensor,
} from '../operand.ts';
import { constantAt, folded, inputAt, named, type NodeContext, type OpRegistry, scalarAt } from '../registry.ts';

export const shapeOps: OpRegistry = {
  Identity: (context) => inputAt(context, 0),
  Shape: (context) => {
    const { shape } = inputAt(context, 0);
    return folded(context, [shape.length], shape, new Int32Array());
  },
  StridedSlice: stridedSlice,
  Pack: pack,
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  ConcatV2: concatenate,
};

/** Stacks scalars or vectors of shape arithmetic. */
function pack(context: NodeContext): Operand {
  const { node, inputs } = context;
  const parts = inputs.map((_, i) => constantAt(context, i));
  const [first] = parts;
  if (!first || intAttribute(node, 'axis', 0) !== 0) throw new Error(`Pack ${node.name} is known along axis 0 only.`);
  return folded(
    context,
    [parts.length, ...first.shape],
    parts.flatMap(({ data }) => [...data]),
    first.data,
  );
}

function reshape(context: NodeContext): Operand {
  const { g } = context;
  const x = inputAt(context, 0);
  const shape = completed(x.shape, [...constantAt(context, 1).data]);
  return reshaped(context, x, shape, () => g.node('Reshape', [plain(g, x), g.ints(shape)], {}, named(context)));
}

function expandDims(context: NodeContext): Operand {
  const { g } = context;
  const x = inputAt(context, 0);
  const given = scalarAt(context, 1);
  const axis = given < 0 ? given + x.shape.length + 1 : given;
  const shape = x.shape.toSpliced(axis, 0, 1);
  return reshaped(context, x, shape, () => g.node('Unsqueeze', [plain(g, x), g.ints([axis])], {}, named(context)));
}

function squeeze(context: NodeContext): Operand {
  const { g, node } = context;
  const x = inputAt(context, 0);
  const listed = intsAttribute(node, 'squeeze_dims', []).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const axes = listed.length > 0 ? listed : x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const shape = x.shape.filter((_, axis) => !axes.includes(axis));
  return reshaped(context, x, shape, () => {
    const layout = x.kind === 'tensor' && keepsOrderWithout(axes, x) ? layoutOf(x) : 'plain';
    const physical = axes.map((axis) => physicalAxis(axis, x.shape, layout));
    return g.node('Squeeze', [laidOut(g, x, layout), g.ints(physical)], {}, named(context));
  });
}

/** The same values in the same order with another shape. A constant just gets that shape. */
function reshaped(
  context: NodeContext,
  x: Operand,
  shape: readonly number[],
  write: () => ReturnType<typeof plain>,
): Operand {
  if (x.kind === 'constant') return { ...x, name: context.node.name, shape };
  return tensor(write(), shape, 'plain', x.type);
}

function concatenate(context: NodeContext): Operand {
  const { g, inputs } = context;
  const parts = inputs.slice(0, -1);
  const [first] = parts;
  if (!first) throw new Error(`ConcatV2 ${context.node.name} has nothing to join.`);
  const given = scalarAt(context, inputs.length - 1);
  const axis = given < 0 ? given + first.shape.length : given;
  const layout = parts.some((part) => layoutOf(part) === 'channels-first') ? 'channels-first' : 'plain';
  const values = parts.map((part) => laidOut(g, part, layout));
  const shape = first.shape.with(
    axis,
    parts.reduce((sum, part) => sum + at(part.shape, axis), 0),
  );
  const value = g.node('Concat', values, { axis: physicalAxis(axis, first.shape, layout) }, named(context));
  return tensor(value, shape, layout);
}

/** Replaces the one -1 of a new shape by what is left over. */
function completed(from: readonly number[], to: readonly number[]): number[] {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  const rest = product(from) / product(to.filter((size) => size !== -1));
  return to.map((size) => (size === -1 ? rest : size));
}

/** Slices a vector that shape arithmetic gave. Slices of anything else are not supported. */
function stridedSlice(context: NodeContext): Operand {
  const { node } = context;
  const x = constantAt(context, 0);
  if (x.shape.length !== 1 || bit(context, 'ellipsis_mask') || bit(context, 'new_axis_mask')) {
    throw new Error(`StridedSlice ${node.name} is known for a vector only.`);
  }
  const values = cut(context, x);
  if (!bit(context, 'shrink_axis_mask')) return folded(context, [values.length], values, x.data);
  return folded(context, [], values.slice(0, 1), x.data);
}

function cut(context: NodeContext, x: ConstantOperand): number[] {
  const length = x.data.length;
  const step = at(constantAt(context, 3).data, 0);
  if (step < 1) throw new Error(`StridedSlice ${context.node.name} is known for steps forward only.`);
  const begin = bit(context, 'begin_mask') ? 0 : bound(at(constantAt(context, 1).data, 0), length);
  if (bit(context, 'shrink_axis_mask')) return [at(x.data, begin)];
  const end = bit(context, 'end_mask') ? length : bound(at(constantAt(context, 2).data, 0), length);
  return [...x.data.slice(begin, end)].filter((_, i) => i % step === 0);
}

/** The masks have one bit per axis, and a vector has one axis. */
function bit({ node }: NodeContext, mask: string): boolean {
  return (intAttribute(node, mask, 0) & 1) === 1;
}

function bound(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}

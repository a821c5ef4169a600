/** Ops about shapes, most of them worked out at conversion: every size is known by then. */
import { intAttribute, intsAttribute } from '../attributes.ts';
import { at, keepsOrderWithout, laidOut, layoutOf, physicalAxis, plain, tensor, type Operand } from '../operand.ts';
import { constantAt, folded, inputAt, named, scalarAt, type NodeContext, type OpRegistry } from '../registry.ts';
import { stridedSlice } from './strided-slice.ts';

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

/** The same values in the same order under another shape; a constant only gets that shape. */
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

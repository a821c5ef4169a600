import type { Value } from '../../onnx/graph-builder.ts';
import { boolAttribute } from '../graph-model.ts';
import {
  at,
  keepsOrderWithout,
  laidOut,
  layoutOf,
  physicalAxis,
  tensor,
  type Layout,
  type Operand,
} from '../operand.ts';
import { constantAt, inputAt, named, scalarAt, type NodeContext, type OpRegistry } from '../registry.ts';

export const reductionOps: OpRegistry = {
  Mean: (context) => reduce(context, 'ReduceMean'),
  Max: (context) => reduce(context, 'ReduceMax'),
  Sum: (context) => reduce(context, 'ReduceSum'),
  ArgMax: (context) => argMax(context),
};

function reduce(context: NodeContext, type: string): Operand {
  const { g, node } = context;
  const x = inputAt(context, 0);
  const axes = Array.from(constantAt(context, 1).data, (axis) => (axis < 0 ? axis + x.shape.length : axis));
  const keep = boolAttribute(node, 'keep_dims') || boolAttribute(node, 'keepdims');
  const { value, layout } = arranged(context, x, keep ? [] : axes);
  const physical = axes.map((axis) => physicalAxis(axis, x.shape, layout));
  const y = g.node(type, [value, g.ints(physical)], { keepdims: keep ? 1 : 0 }, named(context));
  const shape = keep ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : without(x.shape, axes);
  return tensor(y, shape, keep ? layout : 'plain');
}

function argMax(context: NodeContext): Operand {
  const { g } = context;
  const x = inputAt(context, 0);
  const given = scalarAt(context, 1);
  const axis = given < 0 ? given + x.shape.length : given;
  const { value, layout } = arranged(context, x, [axis]);
  const y = g.node('ArgMax', [value], { axis: physicalAxis(axis, x.shape, layout), keepdims: 0 }, named(context));
  return tensor(y, without(x.shape, [axis]), 'plain', 'int64');
}

/** The value in its own layout if that is plain again without these axes; otherwise in the plain layout. */
function arranged({ g }: NodeContext, x: Operand, leaving: readonly number[]): { value: Value; layout: Layout } {
  const stays = leaving.length === 0 || (x.kind === 'tensor' && keepsOrderWithout(leaving, x));
  const layout = stays ? layoutOf(x) : 'plain';
  return { value: laidOut(g, x, layout), layout };
}

function without(shape: readonly number[], axes: readonly number[]): number[] {
  return shape
    .map((_, axis) => axis)
    .filter((axis) => !axes.includes(axis))
    .map((axis) => at(shape, axis));
}

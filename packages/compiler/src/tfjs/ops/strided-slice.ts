import { intAttribute } from '../attributes.ts';
import { at, type ConstantOperand, type Operand } from '../operand.ts';
import { constantAt, folded, type NodeContext } from '../registry.ts';

/** Cuts numbers out of a vector that shape arithmetic worked out. Slices of anything else are not known. */
export function stridedSlice(context: NodeContext): Operand {
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

/** The masks have a bit an axis, and a vector has one axis. */
function bit({ node }: NodeContext, mask: string): boolean {
  return (intAttribute(node, mask, 0) & 1) === 1;
}

function bound(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}

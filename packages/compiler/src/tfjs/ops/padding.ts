import { stringAttribute } from '../attributes.ts';
import { at, laidOut, layoutOf, physicalOrder, tensor, type Operand } from '../operand.ts';
import { constantAt, inputAt, named, scalarAt, type NodeContext, type OpRegistry } from '../registry.ts';

export const paddingOps: OpRegistry = {
  Pad: (context) => pad(context, 'constant', 0),
  PadV2: (context) => pad(context, 'constant', scalarAt(context, 2)),
  MirrorPad: (context) => pad(context, mirrorMode(context), 0),
};

/** REFLECT leaves the border out, as ONNX's `reflect` does. ONNX has nothing for SYMMETRIC, which repeats it. */
function mirrorMode({ node }: NodeContext): string {
  const mode = stringAttribute(node, 'mode');
  if (mode === 'REFLECT') return 'reflect';
  throw new Error(`MirrorPad ${node.name} has the mode ${mode}, which this converter does not know.`);
}

function pad(context: NodeContext, mode: string, fill: number): Operand {
  const { g } = context;
  const x = inputAt(context, 0);
  const { data } = constantAt(context, 1);
  const layout = layoutOf(x);
  const pairs = x.shape.map((_, axis) => ({ before: at(data, 2 * axis), after: at(data, 2 * axis + 1) }));
  const ordered = physicalOrder(pairs, layout);
  const pads = g.ints([...ordered.map(({ before }) => before), ...ordered.map(({ after }) => after)]);
  const value = g.node('Pad', [laidOut(g, x, layout), pads, g.scalar(fill)], { mode }, named(context));
  return tensor(
    value,
    x.shape.map((size, axis) => size + at(pairs, axis).before + at(pairs, axis).after),
    layout,
  );
}

/** Ops that change the size of pictures: padding and resizing. */
import { boolAttribute, stringAttribute } from '../graph-model.ts';
import { at, channelsFirst, laidOut, layoutOf, type Operand, physicalOrder, tensor } from '../operand.ts';
import { constantAt, inputAt, named, type NodeContext, type OpRegistry, scalarAt } from '../registry.ts';

export const pictureOps: OpRegistry = {
  Pad: (context) => pad(context, 'constant', 0),
  PadV2: (context) => pad(context, 'constant', scalarAt(context, 2)),
  MirrorPad: (context) => pad(context, mirrorMode(context), 0),
  ResizeBilinear: (context) => resize(context, 'linear'),
  ResizeNearestNeighbor: (context) => resize(context, 'nearest'),
};

/** REFLECT does not repeat the border, like ONNX's `reflect`. ONNX has nothing for SYMMETRIC, which does. */
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

/** Input 1 is the new [height, width], already folded if the graph computes it. */
function resize(context: NodeContext, mode: string): Operand {
  const { g } = context;
  const x = inputAt(context, 0);
  const { data } = constantAt(context, 1);
  const [height, width] = [at(data, 0), at(data, 1)];
  const [batch, channels] = [at(x.shape, 0), at(x.shape, 3)];
  const attributes = {
    mode,
    coordinate_transformation_mode: coordinates(context),
    ...(mode === 'nearest' ? { nearest_mode: nearestRounding(context) } : {}),
  };
  const sizes = g.ints([batch, channels, height, width]);
  const value = g.node('Resize', [channelsFirst(g, x), undefined, undefined, sizes], attributes, named(context));
  return tensor(value, [batch, height, width, channels], 'channels-first');
}

/** TensorFlow's two flags exclude each other. With neither, output i reads input i * in / out, as in TensorFlow 1. */
function coordinates({ node }: NodeContext): string {
  if (boolAttribute(node, 'align_corners')) return 'align_corners';
  return boolAttribute(node, 'half_pixel_centers') ? 'half_pixel' : 'asymmetric';
}

/** TensorFlow rounds aligned corners half up, and floors everything else after adding the half pixel itself. */
function nearestRounding({ node }: NodeContext): string {
  if (boolAttribute(node, 'align_corners')) return 'round_prefer_ceil';
  return boolAttribute(node, 'half_pixel_centers') ? 'round_prefer_ceil' : 'floor';
}

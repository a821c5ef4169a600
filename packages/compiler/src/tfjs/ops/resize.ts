import { boolAttribute } from '../attributes.ts';
import { at, channelsFirst, tensor, type Operand } from '../operand.ts';
import { constantAt, inputAt, named, type NodeContext, type OpRegistry } from '../registry.ts';

export const resizeOps: OpRegistry = {
  ResizeBilinear: (context) => resize(context, 'linear'),
  ResizeNearestNeighbor: (context) => resize(context, 'nearest'),
};

/** Input 1 is the new [height, width], worked out already if it was computed in the graph. */
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

/** TensorFlow's two flags exclude each other; with neither, output i reads input i * in / out, as TensorFlow 1 did. */
function coordinates({ node }: NodeContext): string {
  if (boolAttribute(node, 'align_corners')) return 'align_corners';
  return boolAttribute(node, 'half_pixel_centers') ? 'half_pixel' : 'asymmetric';
}

/** TensorFlow rounds aligned corners half up and floors the rest, having added the half pixel itself. */
function nearestRounding({ node }: NodeContext): string {
  if (boolAttribute(node, 'align_corners')) return 'round_prefer_ceil';
  return boolAttribute(node, 'half_pixel_centers') ? 'round_prefer_ceil' : 'floor';
}

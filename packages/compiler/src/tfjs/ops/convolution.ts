/** Conv2D and DepthwiseConv2dNative, and their fused forms with a bias and an activation. */
import type { Value } from '../../onnx/graph-builder.ts';
import { stringsAttribute } from '../attributes.ts';
import { at, channelsFirst, permute, tensor, type ConstantOperand, type Operand } from '../operand.ts';
import { constantAt, inputAt, named, type NodeContext, type OpRegistry } from '../registry.ts';
import { readWindow } from '../window.ts';
import { activate, isActivation } from './activation.ts';

export const convolutionOps: OpRegistry = {
  Conv2D: (context) => convolve(context, fullFilter(constantAt(context, 1))),
  _FusedConv2D: (context) => convolve(context, fullFilter(constantAt(context, 1))),
  DepthwiseConv2dNative: (context) => convolve(context, depthwiseFilter(constantAt(context, 1))),
  FusedDepthwiseConv2dNative: (context) => convolve(context, depthwiseFilter(constantAt(context, 1))),
};

interface Filter {
  readonly name: string;
  /** Output channels, input channels of a group, height, width. */
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
  readonly groups: number;
}

/** TensorFlow: height, width, input channels, output channels. */
function fullFilter(filter: ConstantOperand): Filter {
  return { name: filter.name, groups: 1, ...permute(filter, [3, 2, 0, 1]) };
}

/**
 * TensorFlow: height, width, channels, multiplier. Output channel c * multiplier + m comes from channel c alone, which
 * is ONNX's order for as many groups as channels.
 */
function depthwiseFilter(filter: ConstantOperand): Filter {
  const { data, shape } = permute(filter, [2, 3, 0, 1]);
  const [channels, multiplier] = [at(shape, 0), at(shape, 1)];
  return { name: filter.name, groups: channels, data, shape: [channels * multiplier, 1, at(shape, 2), at(shape, 3)] };
}

function convolve(context: NodeContext, filter: Filter): Operand {
  const { g, node } = context;
  const x = inputAt(context, 0);
  const { strides, dilations, pads, output } = readWindow(node, x.shape, [at(filter.shape, 2), at(filter.shape, 3)]);
  const { bias, activation } = readFusion(context);
  const inputs = [channelsFirst(g, x), g.constant(filter.name, filter.data, filter.shape), ...bias];
  const attributes = { strides, dilations, pads, group: filter.groups };
  const y = g.node('Conv', inputs, attributes, named(context));
  const shape = [at(x.shape, 0), ...output, at(filter.shape, 0)];
  return tensor(activation === undefined ? y : activate(context, activation, y), shape, 'channels-first');
}

/** What `fused_ops` lists: nothing, `BiasAdd`, or `BiasAdd` and an activation. The bias is input 2. */
function readFusion(context: NodeContext): { bias: Value[]; activation: string | undefined } {
  const { g, node } = context;
  const [first, activation, ...others] = stringsAttribute(node, 'fused_ops');
  if (first === undefined) return { bias: [], activation: undefined };
  const unknown =
    first !== 'BiasAdd' ? first : activation !== undefined && !isActivation(activation) ? activation : others[0];
  if (unknown !== undefined) {
    throw new Error(`${node.op} ${node.name} is fused with ${unknown}, which this converter does not know.`);
  }
  const bias = constantAt(context, 2);
  return { bias: [g.constant(bias.name, bias.data, bias.shape)], activation };
}

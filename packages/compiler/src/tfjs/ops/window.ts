/** Ops that slide a window over pictures: convolutions and poolings. */
import type { Value } from '../../onnx/graph-builder.ts';
import { intsAttribute, stringAttribute, stringsAttribute, type TfNode } from '../graph-model.ts';
import { at, channelsFirst, type ConstantOperand, type Operand, permute, tensor } from '../operand.ts';
import { constantAt, inputAt, named, type NodeContext, type OpRegistry } from '../registry.ts';
import { activate, isActivation } from './elementwise.ts';

export const windowOps: OpRegistry = {
  Conv2D: (context) => convolve(context, fullFilter(constantAt(context, 1))),
  _FusedConv2D: (context) => convolve(context, fullFilter(constantAt(context, 1))),
  DepthwiseConv2dNative: (context) => convolve(context, depthwiseFilter(constantAt(context, 1))),
  FusedDepthwiseConv2dNative: (context) => convolve(context, depthwiseFilter(constantAt(context, 1))),
  MaxPool: (context) => pool(context, 'MaxPool'),
  // TensorFlow's average excludes padding, as ONNX's does with `count_include_pad` at its default of 0.
  AvgPool: (context) => pool(context, 'AveragePool'),
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

function pool(context: NodeContext, type: string): Operand {
  const { g, node } = context;
  const x = inputAt(context, 0);
  const kernel = pictureAxes(node, 'ksize');
  const { strides, pads, output } = readWindow(node, x.shape, kernel);
  const value = g.node(type, [channelsFirst(g, x)], { kernel_shape: kernel, strides, pads }, named(context));
  return tensor(value, [at(x.shape, 0), ...output, at(x.shape, 3)], 'channels-first');
}

/** One number for each picture axis, height first. */
type Pair = readonly [number, number];

interface Window {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  /** Size of the output. */
  readonly output: Pair;
}

/** `kernel` and the result are [height, width]; `input` is NHWC. Throws for NCHW pictures and strides over channels. */
function readWindow(node: TfNode, input: readonly number[], kernel: Pair): Window {
  assertChannelsLast(node);
  const strides = pictureAxes(node, 'strides');
  const dilations = pictureAxes(node, 'dilations', [1, 1, 1, 1]);
  const rows = alongAxis(node, 0, at(input, 1), kernel[0], strides[0], dilations[0]);
  const columns = alongAxis(node, 1, at(input, 2), kernel[1], strides[1], dilations[1]);
  return {
    strides,
    dilations,
    pads: [rows.before, columns.before, rows.after, columns.after],
    output: [rows.size, columns.size],
  };
}

/** The two picture axes of a four-number attribute. */
function pictureAxes(node: TfNode, name: string, fallback?: readonly number[]): Pair {
  const [batch, height, width, channel] = intsAttribute(node, name, fallback);
  if (batch !== 1 || channel !== 1 || height === undefined || width === undefined) {
    throw new Error(`${node.op} ${node.name}: ${name} must be 1 along batch and channels.`);
  }
  return [height, width];
}

function alongAxis(node: TfNode, axis: 0 | 1, size: number, kernel: number, stride: number, dilation: number) {
  const reach = (kernel - 1) * dilation + 1;
  const { before, after } = padding(node, axis, size, reach, stride);
  return { before, after, size: Math.floor((size + before + after - reach) / stride) + 1 };
}

/**
 * TensorFlow's SAME gives ceil(size / stride) outputs and puts the odd pixel of padding at the end, so that a stride-2
 * window on an even size is padded at its end only. https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
 */
function padding(node: TfNode, axis: 0 | 1, size: number, reach: number, stride: number) {
  const kind = stringAttribute(node, 'padding');
  if (kind === 'VALID') return { before: 0, after: 0 };
  if (kind === 'SAME') {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    const before = Math.floor(total / 2);
    return { before, after: total - before };
  }
  if (kind === 'EXPLICIT') {
    const explicit = intsAttribute(node, 'explicit_paddings');
    return { before: at(explicit, 2 + 2 * axis), after: at(explicit, 3 + 2 * axis) };
  }
  throw new Error(`${node.op} ${node.name} has the padding ${kind}, which this converter does not know.`);
}

function assertChannelsLast(node: TfNode): void {
  const format = stringAttribute(node, 'data_format', 'NHWC');
  if (format !== 'NHWC') throw new Error(`${node.op} ${node.name} is ${format}; this converter knows NHWC only.`);
}

/** Sliding windows of convolutions and poolings: sizes along height and width, paddings as ONNX wants them. */
import { intsAttribute, stringAttribute } from './attributes.ts';
import type { TfNode } from './graph-model.ts';
import { at } from './operand.ts';

/** Of the two picture axes, height first. */
export type Pair = readonly [number, number];

export interface Window {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  /** Size of the output. */
  readonly output: Pair;
}

/** `kernel` and the result are [height, width]; `input` is NHWC. Throws for NCHW pictures and strides over channels. */
export function readWindow(node: TfNode, input: readonly number[], kernel: Pair): Window {
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
export function pictureAxes(node: TfNode, name: string, fallback?: readonly number[]): Pair {
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

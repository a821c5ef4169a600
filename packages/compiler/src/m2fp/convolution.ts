/**
 * Convolutions and their norms. Those of the backbone have the batch normalization after them folded in (Mask2Former's
 * backbone is used with running statistics): `(W x - mean) * scale / sqrt(var + eps) + bias` is a convolution with
 * other weights and a bias. Those of the pixel decoder are followed by a GroupNorm.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import { type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { reshape, toFloat } from './feature-map.ts';
import { vectorConstant } from './linear.ts';
import { createOnce, type Weight, type Weights } from './weights.ts';

const epsilon = 1e-5;

/** Sizes of a convolution's weight in the checkpoint. The kernel is square, 1x1, 3x3 or 7x7. */
export type ConvolutionShape = readonly [outputs: number, inputsPerGroup: number, rows: number, columns: number];

export interface Window {
  stride?: number;
  dilation?: number;
  groups?: number;
}

/** Without a bias, and with the batch normalization `norm` after it. */
export function foldedConvolution(
  g: GraphBuilder,
  layer: Weights,
  shape: ConvolutionShape,
  x: Value,
  window: Window = {},
): Value {
  const [outputs] = shape;
  const weight = layer.tensor('weight', shape);
  const norm = createOnce(2, batchNorm(layer.within('norm'), outputs));
  const shift = async () => Float32Array.from((await norm()).shift);
  const folded = async () => {
    const [data, { scale }] = [await weight.read(), await norm()];
    const perChannel = data.length / outputs;
    return data.map((value, i) => value * scale[Math.floor(i / perChannel)]!);
  };
  const bias = vectorConstant(g, { name: `${layer.path}.bias`, shape: [outputs], read: shift });
  return convolution(g, layer.path, { ...weight, read: folded }, [x, bias], window);
}

export function biasedConvolution(g: GraphBuilder, layer: Weights, shape: ConvolutionShape, x: Value): Value {
  const { weight, bias } = layer.affine(shape);
  return convolution(g, layer.path, weight, [x, vectorConstant(g, bias)]);
}

/** Without a bias. */
export function plainConvolution(g: GraphBuilder, layer: Weights, shape: ConvolutionShape, x: Value): Value {
  return convolution(g, layer.path, layer.tensor('weight', shape), [x]);
}

/** Padded so that stride 1 keeps the size. */
export function convolution(
  g: GraphBuilder,
  path: string,
  { name, read, shape }: Weight,
  [x, bias]: readonly [Value, Value?],
  { stride = 1, dilation = 1, groups = 1 }: Window = {},
): Value {
  const kernel = shape[2] ?? 1;
  const pad = (dilation * (kernel - 1)) / 2;
  return g.node(
    'Conv',
    [x, g.deferredConstant(name, read, shape), ...(bias === undefined ? [] : [bias])],
    {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      dilations: [dilation, dilation],
      pads: [pad, pad, pad, pad],
      group: groups,
    },
    { name: path },
  );
}

/** What a batch normalization multiplies each channel by, and what it adds. */
function batchNorm(norm: Weights, channels: number): () => Promise<{ scale: Float64Array; shift: Float64Array }> {
  const { weight, bias } = norm.affine([channels]);
  const mean = norm.tensor('running_mean', [channels]);
  const variance = norm.tensor('running_var', [channels]);
  return async () => {
    const [means, variances] = [await mean.read(), await variance.read()];
    const scale = Float64Array.from(await weight.read(), (value, i) => value / Math.sqrt(variances[i]! + epsilon));
    return { scale, shift: Float64Array.from(await bias.read(), (value, i) => value - means[i]! * scale[i]!) };
  };
}

const groups = 32;

/** Channels of a map that are computed by themselves: whole groups of a GroupNorm. */
export interface ChannelRange {
  readonly first: number;
  readonly count: number;
}

/** The channels of a map in this many ranges. */
export function channelRanges(channels: number, ranges: number): ChannelRange[] {
  const count = channels / ranges;
  return Array.from({ length: ranges }, (_, i) => ({ first: i * count, count }));
}

/**
 * GroupNorm (arXiv 1803.08494) over [1, channels, h, w], or over a range of a map's channels. onnxruntime has no kernel
 * for it on the CPU, and its InstanceNormalization adds up a whole group in one go: of some 100,000 float32, the mean
 * is then off by five times the error that all else has. Here means are taken of each row first, then of the rows. The
 * mean square less the mean's square would save a pass over the map, and lose ten times as much.
 */
export function groupNorm(
  g: GraphBuilder,
  layer: Weights,
  channels: number,
  x: Value,
  { first, count }: ChannelRange = { first: 0, count: channels },
): Value {
  const ownGroups = (groups * count) / channels;
  const { weight, bias } = layer.affine([channels]);
  const parameter = ({ name, read }: Weight, shape: readonly number[]): Value =>
    g.deferredConstant(name, async () => (await read()).subarray(first, first + count), shape);
  const height = g.node('Shape', [x], { start: 2, end: 3 });
  const columns = g.node('Shape', [x], { start: 3, end: 4 });
  // Without the batch: this also keeps onnxruntime from moving an int8 convolution's transposition behind the norm.
  const map = reshape(g, x, [ownGroups, -1, columns]);
  const mean = groupMean(g, g.node('ReduceMean', [map, g.ints([2])], { keepdims: 0 }));
  const centered = g.node(
    'Sub',
    [map, g.node('Unsqueeze', [mean, g.ints([2])])],
    {},
    { name: `${layer.path}.centered` },
  );
  const squares = groupMean(g, g.node('ReduceSumSquare', [centered, g.ints([2])], { keepdims: 0 }));
  const variance = g.node('Div', [squares, toFloat(g, columns)]);
  const deviation = g.node('Sqrt', [g.node('Add', [variance, g.scalar(epsilon)])]);
  const scale = g.node('Div', [parameter(weight, [ownGroups, count / ownGroups]), deviation]);
  const perChannel = reshape(g, centered, [count, height, -1]);
  const scaled = g.node('Mul', [perChannel, reshape(g, scale, [count, 1, 1])], {}, { name: layer.path });
  const shifted = g.node('Add', [scaled, parameter(bias, [count, 1, 1])]);
  return reshape(g, shifted, [1, count, height, -1]);
}

/** [groups, 1]: the mean over each group of one value per row, [groups, rows of all its channels]. */
function groupMean(g: GraphBuilder, rows: Value): Value {
  return g.node('ReduceMean', [rows, g.ints([1])], { keepdims: 1 });
}

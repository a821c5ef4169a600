/**
 * Convolutions. Those of the backbone have the batch normalisation after them folded in (Mask2Former's backbone is used with running statistics):
 * `(W x - mean) * scale / sqrt(var + eps) + bias` is a convolution with other weights and a bias.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { vector } from './linear.ts';
import type { Weight, WeightReader } from './weight-reader.ts';

const epsilon = 1e-5;

export interface Window {
  stride?: number;
  dilation?: number;
  groups?: number;
}

/** `layer` has a `weight` and a `norm`. */
export async function foldedConvolution(
  g: GraphBuilder,
  layer: WeightReader,
  x: Value,
  window: Window = {},
): Promise<Value> {
  const { name, shape, data } = await layer.read('weight');
  const { scale, shift } = await readNormalisation(layer.within('norm'));
  const perChannel = data.length / scale.length;
  const folded = data.map((value, i) => value * scale[Math.floor(i / perChannel)]!);
  const bias = g.constant(`${layer.path}.bias`, Float32Array.from(shift), [shift.length]);
  return convolution(g, layer.path, { name, shape, data: folded }, [x, bias], window);
}

/** `layer` has a `weight` and a `bias`. */
export async function biasedConvolution(g: GraphBuilder, layer: WeightReader, x: Value): Promise<Value> {
  const bias = vector(g, await layer.read('bias'));
  return convolution(g, layer.path, await layer.read('weight'), [x, bias]);
}

/** `layer` has a `weight` and no bias. */
export async function plainConvolution(g: GraphBuilder, layer: WeightReader, x: Value): Promise<Value> {
  return convolution(g, layer.path, await layer.read('weight'), [x]);
}

/** Padded by its dilation where the kernel is 3x3, so that stride 1 keeps the size. */
export function convolution(
  g: GraphBuilder,
  path: string,
  { name, data, shape }: Weight,
  [x, bias]: readonly [Value, Value?],
  { stride = 1, dilation = 1, groups = 1 }: Window = {},
): Value {
  const kernel = shape[2] ?? 1;
  const pad = kernel === 1 ? 0 : dilation;
  return g.node(
    'Conv',
    [x, g.constant(name, data, shape), ...(bias === undefined ? [] : [bias])],
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

/** What the normalisation multiplies each channel by, and what it adds. */
async function readNormalisation(norm: WeightReader): Promise<{ scale: Float64Array; shift: Float64Array }> {
  const { data: weight } = await norm.read('weight');
  const { data: bias } = await norm.read('bias');
  const { data: mean } = await norm.read('running_mean');
  const { data: variance } = await norm.read('running_var');
  const scale = Float64Array.from(weight, (value, i) => value / Math.sqrt(variance[i]! + epsilon));
  return { scale, shift: Float64Array.from(bias, (value, i) => value - mean[i]! * scale[i]!) };
}

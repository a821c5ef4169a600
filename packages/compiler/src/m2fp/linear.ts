/**
 * Linear layers on 2-D tensors, one row per token. Kept 2-D throughout: onnxruntime's Gemm takes its bias along and
 * needs no transposed copy, which MatMul on 3-D tensors does.
 */
import { float, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { matrixSize, type Weight, type Weights } from './weights.ts';

/** A layer whose weights are in the graph; it may be applied more than once. */
export type Layer = (x: Value) => Value;

/** Sizes of a linear layer's weight in the checkpoint; a 1x1 convolution is one as well, on tokens. */
type LinearShape = readonly [outputs: number, inputs: number, ...window: 1[]];

/** `x · Wᵀ + b`: [n, inputs] → [n, outputs]. */
export function createLinear(g: GraphBuilder, layer: Weights, shape: LinearShape): Layer {
  const { weight, bias } = layer.affine(shape);
  const [matrix, vector] = [matrixConstant(g, weight), vectorConstant(g, bias)];
  return (x) => gemmByRow(g, x, matrix, vector, layer.path);
}

/** LayerNorm over the columns of [n, width]. */
export function createLayerNorm(g: GraphBuilder, layer: Weights, width: number): Layer {
  const { weight, bias } = layer.affine([width]);
  const [scale, shift] = [vectorConstant(g, weight), vectorConstant(g, bias)];
  return (x) => g.node('LayerNormalization', [x, scale, shift], { epsilon: float(1e-5) }, { name: layer.path });
}

export function linear(g: GraphBuilder, layer: Weights, shape: LinearShape, x: Value): Value {
  return createLinear(g, layer, shape)(x);
}

/** `x · Wᵀ + b` for constants of the graph: [n, in], [out, in], then [out] or [n, out]. */
export function gemmByRow(g: GraphBuilder, x: Value, weight: Value, bias: Value, name: string): Value {
  return g.node('Gemm', [x, weight, bias], { transB: 1 }, { name });
}

/** `W · xᵀ + b`: [n, in] → [out, n], the transposed result at no cost. `bias` is [out, 1] or [out, n]. */
export function gemmByColumn(g: GraphBuilder, weight: Value, x: Value, bias: Value, name: string): Value {
  return g.node('Gemm', [weight, x, bias], { transB: 1 }, { name });
}

/** `linear2(relu(linear1(x)))`; onnxruntime joins the ReLU to the first. */
export function feedForward(
  g: GraphBuilder,
  layer: Weights,
  { width, feedForwardWidth }: { width: number; feedForwardWidth: number },
  x: Value,
): Value {
  const hidden = g.node('Relu', [linear(g, layer.within('linear1'), [feedForwardWidth, width], x)]);
  return linear(g, layer.within('linear2'), [width, feedForwardWidth], hidden);
}

/** `norm(x + result)`, both [n, width]: a residual step with the norm after it. */
export function addAndNorm(g: GraphBuilder, norm: Weights, width: number, x: Value, result: Value): Value {
  return createLayerNorm(g, norm, width)(g.node('Add', [x, result]));
}

export function matrixConstant(g: GraphBuilder, weight: Weight): Value {
  return g.deferredConstant(weight.name, weight.read, matrixSize(weight));
}

export function vectorConstant(g: GraphBuilder, { name, shape, read }: Weight): Value {
  return g.deferredConstant(name, read, shape);
}

/** A bias for `gemmByColumn`: [out, 1]. */
export function columnConstant(g: GraphBuilder, { name, shape, read }: Weight): Value {
  return g.deferredConstant(name, read, [...shape, 1]);
}

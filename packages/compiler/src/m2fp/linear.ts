/**
 * Linear layers on 2-D tensors, one row a token. Kept 2-D throughout: onnxruntime's Gemm takes its bias along and needs
 * no transposed copy, which MatMul on 3-D tensors does.
 */
import { float, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { matrixSize, type Weight, type WeightReader } from './weight-reader.ts';

/** A layer whose weights are in the graph; it may be applied more than once. */
export type Layer = (x: Value) => Value;

/** `x · Wᵀ + b`: [n, in] → [n, out]. A 1x1 convolution is one as well, on tokens. */
export async function loadLinear(g: GraphBuilder, layer: WeightReader): Promise<Layer> {
  const weight = matrix(g, await layer.read('weight'));
  const bias = vector(g, await layer.read('bias'));
  return (x) => gemmByRow(g, x, weight, bias, layer.path);
}

/** LayerNorm over the columns of [n, width]. */
export async function loadLayerNorm(g: GraphBuilder, layer: WeightReader): Promise<Layer> {
  const scale = vector(g, await layer.read('weight'));
  const shift = vector(g, await layer.read('bias'));
  return (x) => g.node('LayerNormalization', [x, scale, shift], { epsilon: float(1e-5) }, { name: layer.path });
}

export async function linear(g: GraphBuilder, layer: WeightReader, x: Value): Promise<Value> {
  return (await loadLinear(g, layer))(x);
}

/** `x · Wᵀ + b` for constants of the graph: [n, in], [out, in], then [out] or [n, out]. */
export function gemmByRow(g: GraphBuilder, x: Value, weight: Value, bias: Value, name: string): Value {
  return g.node('Gemm', [x, weight, bias], { transB: 1 }, { name });
}

/** `W · xᵀ + b`: [n, in] → [out, n], the transposed result at no cost. `bias` is [out, 1]. */
export function gemmByColumn(g: GraphBuilder, weight: Value, x: Value, bias: Value, name: string): Value {
  return g.node('Gemm', [weight, x, bias], { transB: 1 }, { name });
}

/** `linear2(relu(linear1(x)))`; onnxruntime joins the ReLU to the first. */
export async function feedForward(g: GraphBuilder, layer: WeightReader, x: Value): Promise<Value> {
  const hidden = g.node('Relu', [await linear(g, layer.within('linear1'), x)]);
  return linear(g, layer.within('linear2'), hidden);
}

/** `norm(x + result)`: a residual step with the norm after it. */
export async function addAndNorm(g: GraphBuilder, layer: WeightReader, x: Value, result: Value): Promise<Value> {
  return (await loadLayerNorm(g, layer))(g.node('Add', [x, result]));
}

export function matrix(g: GraphBuilder, weight: Weight): Value {
  return g.constant(weight.name, weight.data, matrixSize(weight));
}

export function vector(g: GraphBuilder, weight: Weight): Value {
  return g.constant(weight.name, weight.data, [weight.data.length]);
}

/** A bias for `gemmByColumn`: [out, 1]. */
export function column(g: GraphBuilder, name: string, values: Float32Array): Value {
  return g.constant(name, values, [values.length, 1]);
}

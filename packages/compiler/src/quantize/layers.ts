/** Which layers of a float graph can be computed in 8 bits, and which never are because of their kind of op. */
import type { NodeProto } from '../onnx/onnx-schema.ts';
import { attributeOf, type FloatGraph, intOf } from './float-graph.ts';

/** A convolution with constant weights, and the ReLU after it. Quantized with fixed ranges: its result is u8 too. */
export interface ConvolutionLayer {
  readonly kind: 'convolution';
  readonly name: string;
  readonly node: NodeProto;
  readonly relu: NodeProto | undefined;
  readonly inputs: readonly [string];
  /** The tensor after the ReLU, if there is one. */
  readonly output: string;
  readonly weight: string;
  readonly bias: string | undefined;
}

/** An op that works on u8 if its inputs are u8 anyway: a sum and its ReLU, a maximum, a concatenation. */
export interface JoiningLayer {
  readonly kind: 'sum' | 'maximum' | 'concatenation';
  readonly name: string;
  readonly node: NodeProto;
  readonly relu: NodeProto | undefined;
  readonly inputs: readonly string[];
  readonly output: string;
}

/** A product of a tensor with a constant matrix. Quantized on the go: its input as it comes, its result float32. */
export interface MatrixLayer {
  readonly kind: 'matrix';
  readonly name: string;
  readonly node: NodeProto;
  readonly inputs: readonly [string];
  readonly output: string;
  readonly weight: string;
  readonly bias: string | undefined;
  /** The weight is [out, in], not [in, out]. */
  readonly weightByRow: boolean;
  /** The input is [in, n], not [n, in]. */
  readonly inputTransposed: boolean;
  /** The result is [out, n], not [n, out]. */
  readonly outputTransposed: boolean;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

export type Layer = ConvolutionLayer | JoiningLayer | MatrixLayer;

/** A node that computes much, or joins what others computed. */
export interface Candidate {
  readonly node: NodeProto;
  /** Undefined if it cannot be quantized. */
  readonly layer: Layer | undefined;
  /** Why this kind of op stays float32. Undefined if it can be quantized. */
  readonly keptFloat: string | undefined;
}

/** In the order in which they run. */
export function findCandidates(graph: FloatGraph): Candidate[] {
  const steering = steeringProjections(graph);
  return graph.nodes.flatMap((node): Candidate[] => {
    const layer = toLayer(graph, node);
    if (layer === 'none') return [];
    if (typeof layer === 'string') return [{ node, layer: undefined, keptFloat: layer }];
    return [{ node, layer, keptFloat: keptByKind(graph, layer, steering) }];
  });
}

function keptByKind(graph: FloatGraph, layer: Layer, steering: ReadonlySet<NodeProto>): string | undefined {
  if (layer.kind === 'convolution' && readsImage(graph, layer.inputs[0])) return 'reads the image';
  if (steering.has(layer.node)) return 'says where to sample';
  return undefined;
}

/** What networks do to the picture before their first layer: other layouts, types and ranges. */
const preparing = new Set(['Transpose', 'Cast', 'Identity', 'Add', 'Sub', 'Mul', 'Div', 'Pad']);

function readsImage(graph: FloatGraph, tensor: string): boolean {
  let name: string | undefined = tensor;
  while (name !== undefined && !graph.inputs.has(name)) {
    const node = graph.producerOf(name);
    if (!node || !preparing.has(node.op_type) || joinsActivations(graph, node)) return false;
    name = node.input.find((input) => input !== '' && !graph.isConstant(input));
  }
  return name !== undefined;
}

/** `none` for ops that do not matter; a reason for those that compute much and cannot be quantized. */
function toLayer(graph: FloatGraph, node: NodeProto): Layer | string {
  switch (node.op_type) {
    case 'Conv':
      return toConvolution(graph, node);
    case 'Gemm':
      return toMatrix(graph, node);
    case 'MatMul':
      return toProduct(graph, node);
    case 'DeformConv':
      return 'samples between pixels';
    case 'Add':
      return joinsActivations(graph, node) ? { kind: 'sum', ...withRelu(graph, node), inputs: node.input } : 'none';
    case 'MaxPool':
      // Before operator set 12 it took no u8; with a second output it gives places too.
      if (node.output.length > 1 || opsetOf(graph) < 12) return 'none';
      return { kind: 'maximum', ...common(node), relu: undefined, inputs: node.input };
    case 'Concat':
      return joinsActivations(graph, node)
        ? { kind: 'concatenation', ...common(node), relu: undefined, inputs: node.input }
        : 'none';
    default:
      return 'none';
  }
}

function opsetOf({ model }: FloatGraph): number {
  return model.opset_import.find(({ domain }) => domain === '')?.version ?? 0;
}

/** The output's name is the node's own, without a ReLU. */
function common(node: NodeProto): { name: string; node: NodeProto; output: string } {
  return { name: node.name, node, output: node.output[0] ?? '' };
}

/** A ReLU belongs to the layer before it if nothing else reads the layer's result. */
function withRelu(graph: FloatGraph, node: NodeProto) {
  const own = common(node);
  const [reader, ...others] = graph.consumersOf(own.output);
  const relu = reader?.op_type === 'Relu' && others.length === 0 && !graph.outputs.has(own.output) ? reader : undefined;
  return { ...own, relu, output: relu?.output[0] ?? own.output };
}

function joinsActivations(graph: FloatGraph, node: NodeProto): boolean {
  return node.input.length > 1 && node.input.every((name) => !graph.isConstant(name));
}

function toConvolution(graph: FloatGraph, node: NodeProto): ConvolutionLayer | string {
  const [input = '', weight = '', bias] = node.input;
  if (!graph.isConstant(weight) || graph.shapeOf(weight).length !== 4) return 'has weights that are computed';
  const hasBias = bias !== undefined && bias !== '';
  if (hasBias && !graph.isConstant(bias)) return 'has a bias that is computed';
  return { kind: 'convolution', ...withRelu(graph, node), inputs: [input], weight, bias: hasBias ? bias : undefined };
}

/** A product with a constant matrix on the right, as other exporters write what Gemm is for more than two axes. */
function toProduct(graph: FloatGraph, node: NodeProto): MatrixLayer | string {
  const [input = '', weight = ''] = node.input;
  if (graph.isConstant(input)) return 'has its constant on the left';
  if (!graph.isConstant(weight)) return 'multiplies two activations';
  const [inFeatures = 0, outFeatures = 0, ...more] = graph.shapeOf(weight);
  if (outFeatures === 0 || more.length > 0) return 'has weights that are not a matrix';
  return {
    kind: 'matrix',
    ...common(node),
    ...{ inputs: [input], weight, bias: undefined, inFeatures, outFeatures },
    ...{ weightByRow: false, inputTransposed: false, outputTransposed: false },
  };
}

/** Gemm in the forms that the compiler writes: the constant on either side, the bias along the result's features. */
function toMatrix(graph: FloatGraph, node: NodeProto): MatrixLayer | string {
  const [a = '', b = '', bias] = node.input;
  if ((attributeOf(node, 'alpha')?.f ?? 1) !== 1 || (attributeOf(node, 'beta')?.f ?? 1) !== 1)
    return 'scales its result';
  const left = graph.isConstant(a);
  if (left === graph.isConstant(b)) return 'multiplies two activations';
  const transA = intOf(node, 'transA', 0) === 1;
  const transB = intOf(node, 'transB', 0) === 1;
  // Mirrored, W · x is xᵀ · Wᵀ: what is on the left is read transposed.
  const weight = left ? a : b;
  const weightByRow = left ? !transA : transB;
  const [rows = 0, columns = 0] = graph.shapeOf(weight);
  const layer: MatrixLayer = {
    kind: 'matrix',
    ...common(node),
    inputs: [left ? b : a],
    weight,
    bias,
    weightByRow,
    inputTransposed: left ? !transB : transA,
    outputTransposed: left,
    inFeatures: weightByRow ? columns : rows,
    outFeatures: weightByRow ? rows : columns,
  };
  return hasFeatureBias(graph, layer) ? layer : 'has a bias for each row';
}

/** One bias per feature, not one row of biases for each of the input's rows. */
function hasFeatureBias(graph: FloatGraph, { bias, outFeatures, outputTransposed }: MatrixLayer): boolean {
  if (bias === undefined) return true;
  if (!graph.isConstant(bias)) return false;
  const shape = graph.shapeOf(bias);
  const along = outputTransposed ? [outFeatures, 1] : [1, outFeatures];
  return [1, 1, ...shape].slice(-2).every((size, axis) => size === along[axis]);
}

/** Ops that pass a value on unchanged, or joined with others of its kind. */
const passing = new Set([
  'Reshape',
  'Split',
  'Add',
  'Sub',
  'Exp',
  'Div',
  'Softmax',
  'Transpose',
  'Slice',
  'Concat',
  'Cast',
]);

/**
 * The products whose results are the offsets or the weights of a sampling: an error of them moves what is read, or how
 * it is mixed, for everything after it.
 */
function steeringProjections(graph: FloatGraph): Set<NodeProto> {
  const found = new Set<NodeProto>();
  const seen = new Set<NodeProto>();
  const follow = (tensor: string | undefined): void => {
    const node = tensor === undefined ? undefined : graph.producerOf(tensor);
    if (!node || seen.has(node)) return;
    seen.add(node);
    if (node.op_type === 'Gemm') found.add(node);
    else if (passing.has(node.op_type)) node.input.forEach(follow);
  };
  for (const node of graph.nodes) {
    if (node.op_type === 'DeformConv') [node.input[2], node.input[4]].forEach(follow);
  }
  return found;
}

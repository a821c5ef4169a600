/** The nodes that replace a layer in 8 bits. */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { attributesOf, type FloatGraph, readFloats } from './float-graph.ts';
import type { ConvolutionLayer, JoiningLayer, MatrixLayer } from './layers.ts';
import {
  quantizeBias,
  type Quantization,
  type QuantizedWeights,
  quantizeWeights,
  transposeInt8,
  type WeightBits,
} from './parameters.ts';
import {
  type DynamicValue,
  type Int8Value,
  quantizationInputs,
  quantizeDynamically,
  type TensorForms,
} from './tensor-forms.ts';

export interface LayerWriter {
  readonly g: GraphBuilder;
  readonly graph: FloatGraph;
  readonly bits: WeightBits;
  /** A convolution's weights, if they were rounded before; by default, each is rounded to the nearest one. */
  readonly weightsOf?: (layer: ConvolutionLayer) => QuantizedWeights;
}

/** Ops of onnxruntime that ONNX itself does not have. */
const domain = 'com.microsoft';

/** The ReLU needs no node: with zero stored as 0, nothing below it can be stored. */
export function writeConvolution(
  { g, graph, bits, weightsOf }: LayerWriter,
  layer: ConvolutionLayer,
  input: Int8Value,
  output: Quantization,
): Int8Value {
  const shape = graph.shapeOf(layer.weight);
  const [channels = 0] = shape;
  const bias = layer.bias === undefined ? new Float32Array(channels) : readFloats(graph, layer.bias);
  const inputScale = input.quantization.scale;
  const { data, scales } =
    weightsOf?.(layer) ??
    quantizeWeights(readFloats(graph, layer.weight), channels, bits, { values: bias, inputScale });
  const name = `${layer.name}/int8`;
  const inputs = [
    input.value,
    ...quantizationInputs(g, input.quantization),
    g.constant(`${name}/weight`, data, shape),
    g.constant(`${name}/scale`, scales, [channels]),
    g.sharedConstant(`s8_zeros_${channels}`, () => new Int8Array(channels), [channels]),
    ...quantizationInputs(g, output),
    g.constant(`${name}/bias`, quantizeBias(bias, inputScale, scales), [channels]),
  ];
  return { value: g.node('QLinearConv', inputs, attributesOf(layer.node), { name }), quantization: output };
}

/** A maximum keeps its input's quantization; the others have their own. */
export function writeJoining(
  { g }: LayerWriter,
  layer: JoiningLayer,
  inputs: readonly Int8Value[],
  output: Quantization,
): Int8Value {
  const name = `${layer.name}/int8`;
  const attributes = attributesOf(layer.node);
  const parts = inputs.map(({ value, quantization }) => [value, ...quantizationInputs(g, quantization)]);
  const result = quantizationInputs(g, output);
  const [first] = inputs;
  if (!first) throw new Error(`${layer.name} joins nothing.`);
  switch (layer.kind) {
    case 'sum':
      return { value: g.node('QLinearAdd', [...parts.flat(), ...result], {}, { name, domain }), quantization: output };
    case 'concatenation': {
      const value = g.node('QLinearConcat', [...result, ...parts.flat()], attributes, { name, domain });
      return { value, quantization: output };
    }
    case 'maximum': {
      return { value: g.node('MaxPool', [first.value], attributes, { name }), quantization: first.quantization };
    }
  }
}

/**
 * Gives float32. What has to be transposed is transposed in u8 if possible: a quarter of the bytes. With `shared`,
 * other layers read the same tensor, which is made u8 once for all of them.
 */
export function writeMatrix(
  { g, graph, bits }: LayerWriter,
  layer: MatrixLayer,
  forms: TensorForms,
  shared = false,
): Value {
  const { inFeatures, outFeatures } = layer;
  const [tensor] = layer.inputs;
  const name = `${layer.name}/int8`;
  const { data, scales } = quantizeWeights(weightByRow(graph, layer), outFeatures, bits);
  const weight = g.constant(`${name}/weight`, transposeInt8(data, inFeatures), [inFeatures, outFeatures]);
  const scale = g.constant(`${name}/scale`, scales, [outFeatures]);
  const bias =
    layer.bias === undefined ? undefined : g.constant(`${name}/bias`, readFloats(graph, layer.bias), [outFeatures]);
  const multiply = (stored: DynamicValue): Value => {
    const rows = layer.inputTransposed ? transpose(g, stored.value, `${name}/input`) : stored.value;
    const inputs = [rows, weight, stored.scale, scale, stored.zeroPoint, undefined, bias];
    return g.node('MatMulIntegerToFloat', inputs, {}, { name, domain });
  };
  const alone = (input: Value): Value =>
    layer.inputTransposed
      ? multiply(quantizeDynamically(g, input, `${name}/u8`))
      : g.node('DynamicQuantizeMatMul', [input, weight, scale, undefined, bias], {}, { name, domain });
  const product = shared ? multiply(forms.dynamic(tensor)) : alone(forms.float(tensor));
  return layer.outputTransposed ? transpose(g, product, `${name}/turned`) : product;
}

function transpose(g: GraphBuilder, value: Value, name: string): Value {
  return g.node('Transpose', [value], { perm: [1, 0] }, { name });
}

/** [out, in] */
function weightByRow(graph: FloatGraph, layer: MatrixLayer): Float32Array {
  const values = readFloats(graph, layer.weight);
  if (layer.weightByRow) return values;
  const { inFeatures, outFeatures } = layer;
  return Float32Array.from(values, (_, i) => values[(i % inFeatures) * outFeatures + Math.floor(i / inFeatures)] ?? 0);
}

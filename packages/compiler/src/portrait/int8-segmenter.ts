/**
 * The segmenter's large convolutions in 8 bits: all of the detail branch but the one that reads the picture, and those
 * that join it with the semantic branch and make the logits. The semantic branch is cheap, and small errors in it move
 * whole regions.
 *
 * Ranges, channel factors and the rounding of the weights were found once by `npm run portrait:calibrate`, and are kept
 * in `int8-segmenter.json.gz`: building the bundle takes no photos. The weights have 7 bits, so that one bundle gives
 * the same results on all CPUs: x86 without VNNI adds products of 8 bits in 16, which overflows.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import { type FloatGraph, readFloatGraph, readFloats } from '../quantize/float-graph.ts';
import { type ConvolutionLayer, findCandidates } from '../quantize/layers.ts';
import { type Quantization, type QuantizedWeights, type WeightBits } from '../quantize/parameters.ts';
import { rewriteGraph } from '../quantize/rewrite.ts';

const weightBits: WeightBits = 7;
/** Of a stored weight. */
export const weightLimit = 2 ** (weightBits - 1) - 1;

const branch = 'BiseNetV2/detail_branch/';
const aggregation = 'BiseNetV2/aggregation_branch/guided_aggregation_block/';
/** In the order in which they run. */
const int8Layers = [
  `${branch}stage_1/conv_block_2_repeat_1/3x3_conv/relu`,
  `${branch}stage_2/conv_block_1_repeat_1/3x3_conv/relu`,
  `${branch}stage_2/conv_block_2_repeat_1/3x3_conv/relu`,
  `${branch}stage_2/conv_block_2_repeat_2/3x3_conv/relu`,
  `${branch}stage_3/conv_block_1_repeat_1/3x3_conv/relu`,
  `${branch}stage_3/conv_block_2_repeat_1/3x3_conv/relu`,
  `${branch}stage_3/conv_block_2_repeat_2/3x3_conv/bn/FusedBatchNormV3`,
  `${aggregation}detail_branch/3x3_conv_block/bn/FusedBatchNormV3`,
  `${aggregation}aggregation_features/aggregation_feature_output/relu`,
  'BiseNetV2/logits/3x3_conv_block/relu',
];

const settingsSchema = z.object({
  /** By the names of the tensors that are stored in u8. */
  tensors: z.record(
    z.string(),
    z.object({
      scale: z.number().positive(),
      zeroPoint: z.int().min(0).max(255),
      /** What each channel is divided by, so that all of them fill the range alike. */
      factors: z.array(z.number().positive()).optional(),
    }),
  ),
  /** By the layers' names. */
  layers: z.record(
    z.string(),
    z.object({
      /** Of the weights of each output channel. */
      scales: z.array(z.number().positive()),
      /** What each bias is less, to make up for what rounding the weights adds on average. */
      shifts: z.array(z.number()),
      /** How far each weight is from the nearest one: they make up for each other's errors. Bytes s8, in base64. */
      steps: z.base64(),
    }),
  ),
});

/** What the calibration found. */
export type Int8Settings = z.infer<typeof settingsSchema>;

export const settingsFile = join(import.meta.dirname, 'int8-segmenter.json.gz');

async function readSettings(): Promise<Int8Settings> {
  return settingsSchema.parse(JSON.parse(gunzipSync(await readFile(settingsFile)).toString()));
}

/** The layers of the float32 segmenter that are computed in 8 bits. Throws if the network does not have one of them. */
export function findInt8Layers(graph: FloatGraph): ConvolutionLayer[] {
  const convolutions = findConvolutions(graph);
  return int8Layers.map((name) => {
    const layer = convolutions.find((found) => found.name === name);
    if (!layer) throw new Error(`The segmenter has no layer ${name}.`);
    return layer;
  });
}

function findConvolutions(graph: FloatGraph): ConvolutionLayer[] {
  return findCandidates(graph).flatMap(({ layer }) => (layer?.kind === 'convolution' ? [layer] : []));
}

/** True if factors of the tensor's channels can move from the convolution that makes it to those that read it. */
export function canEqualize(graph: FloatGraph, tensor: string): boolean {
  const convolutions = findConvolutions(graph);
  const readers = graph.consumersOf(tensor);
  return (
    convolutions.some(({ output }) => output === tensor) &&
    readers.length > 0 &&
    readers.every((node) => convolutions.some((layer) => layer.node === node))
  );
}

/**
 * The same network with some tensors' channels divided by factors: these are in the weights that make the channel, and
 * the other way round in those that read it.
 */
export function equalized(graph: FloatGraph, factors: ReadonlyMap<string, readonly number[]>): FloatGraph {
  const changed = new Map<string, Float32Array>();
  const weightsOf = (name: string): Float32Array => {
    const weights = changed.get(name) ?? Float32Array.from(readFloats(graph, name));
    changed.set(name, weights);
    return weights;
  };
  for (const layer of findConvolutions(graph)) {
    const [outputs = 0, inputs = 0, ...kernel] = graph.shapeOf(layer.weight);
    const made = factors.get(layer.output);
    const read = factors.get(layer.inputs[0]);
    const perInput = kernel.reduce((product, size) => product * size, 1);
    // With a channel to each group, an output reads the input of its own number, or of its share of them.
    const inputOf = (output: number, input: number) =>
      inputs === 1 && read ? Math.floor((output * read.length) / outputs) : input;
    if (made || read) {
      const weights = weightsOf(layer.weight);
      for (let i = 0; i < weights.length; i++) {
        const output = Math.floor(i / (inputs * perInput));
        const input = inputOf(output, Math.floor(i / perInput) % inputs);
        weights[i]! *= (read?.[input] ?? 1) / (made?.[output] ?? 1);
      }
    }
    if (made && layer.bias !== undefined) {
      const bias = weightsOf(layer.bias);
      for (let i = 0; i < bias.length; i++) bias[i]! /= made[i]!;
    }
  }
  return withConstants(graph, changed);
}

const float32 = 1;

function withConstants(graph: FloatGraph, constants: ReadonlyMap<string, Float32Array>): FloatGraph {
  return {
    ...graph,
    read: (name) => constants.get(name) ?? graph.read(name),
    readRaw: (name) => {
      const values = constants.get(name);
      if (!values) return graph.readRaw(name);
      return { type: float32, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
    },
  };
}

/** Reads the float32 graph `segmenter.onnx` in `fromDir`, and writes it to `toDir` with those layers in 8 bits. */
export async function writeInt8Segmenter(fromDir: string, toDir: string): Promise<void> {
  await writeSegmenter(await readFloatGraph(join(fromDir, 'segmenter.onnx')), toDir, await readSettings());
}

async function writeSegmenter(plain: FloatGraph, dir: string, { tensors, layers: known }: Int8Settings): Promise<void> {
  const factors = Object.entries(tensors).flatMap(([name, { factors }]) => (factors ? [[name, factors] as const] : []));
  const graph = equalized(plain, new Map(factors));
  const layers = findInt8Layers(graph);
  const settingsOf = (layer: { readonly name: string }) => {
    const found = known[layer.name];
    if (!found) throw new Error(`The layer ${layer.name} has no settings.`);
    return found;
  };
  const quantizationOf = (tensor: string): Quantization => {
    const found = tensors[tensor];
    if (!found) throw new Error(`The tensor ${tensor} has no range.`);
    return { scale: Math.fround(found.scale), zeroPoint: found.zeroPoint };
  };
  const biases = new Map(
    layers.flatMap(({ name, bias }) =>
      bias === undefined
        ? []
        : [[bias, readFloats(graph, bias).map((value, i) => value - settingsOf({ name }).shifts[i]!)] as const],
    ),
  );
  const weightsOf = (layer: ConvolutionLayer): QuantizedWeights => {
    const { scales, steps: encoded } = settingsOf(layer);
    const weights = readFloats(graph, layer.weight);
    const steps = Int8Array.from(Buffer.from(encoded, 'base64'));
    const perOutput = weights.length / scales.length;
    const data = Int8Array.from(weights, (value, i) => nearest(value, scales[Math.floor(i / perOutput)]!) + steps[i]!);
    return { data, scales: Float32Array.from(scales) };
  };
  const file = createWeightFile(join(dir, 'segmenter.bin'));
  try {
    const g = createGraph({ name: 'segmenter', weights: file, opsets: graph.model.opset_import });
    const writer = { g, graph: withConstants(graph, biases), bits: weightBits, weightsOf };
    rewriteGraph(writer, { layers: new Map(layers.map((layer) => [layer.node, layer])), quantizationOf });
    const metadata = (graph.model.metadata_props ?? []).map(({ key, value }) => [key, value] as const);
    await writeFile(join(dir, 'segmenter.onnx'), encodeModel(g.build(Object.fromEntries(metadata))));
  } finally {
    file.close();
  }
}

/** The nearest stored weight. */
export function nearest(weight: number, scale: number): number {
  return Math.min(Math.max(Math.round(weight / scale), -weightLimit), weightLimit);
}

/** Reading a tfjs graph model: its nodes, their attributes, and its weights. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The base64 strings, number strings and lists of TensorFlow's `AttrValue` in JSON. */
const attributeSchema = z.looseObject({
  s: z.string().optional(),
  i: z.union([z.string(), z.number()]).optional(),
  f: z.number().optional(),
  b: z.boolean().optional(),
  list: z
    .looseObject({
      s: z.array(z.string()).optional(),
      i: z.array(z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
});

const nodeSchema = z.looseObject({
  name: z.string().min(1),
  op: z.string().min(1),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attributeSchema).default({}),
});
export type TfNode = z.infer<typeof nodeSchema>;

const quantizationSchema = z.union([
  z.looseObject({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.looseObject({ dtype: z.literal('float16') }),
]);

const weightSpecSchema = z.looseObject({
  name: z.string().min(1),
  shape: z.array(z.int().nonnegative()),
  dtype: z.string(),
  quantization: quantizationSchema.optional(),
});
export type WeightSpec = z.infer<typeof weightSpecSchema>;

/** A tensor whose values are known during conversion; C order. */
export interface ConstantTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

const modelSchema = z.looseObject({
  format: z.literal('graph-model'),
  modelTopology: z.looseObject({ node: z.array(nodeSchema).min(1) }),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weightSpecSchema) })),
});

/** A tfjs graph model in memory: its nodes, and its weights by the name of the `Const` node that they belong to. */
export interface GraphModel {
  readonly nodes: ReadonlyMap<string, TfNode>;
  readonly weights: ReadonlyMap<string, ConstantTensor>;
}

/**
 * Reads `model.json` of a tfjs graph model and the weight shards next to it. Throws if the file is not a graph model or
 * a shard is missing or too short. Format: https://github.com/tensorflow/tfjs/tree/master/tfjs-converter
 */
export async function readGraphModel(modelJson: string): Promise<GraphModel> {
  const parsed = modelSchema.safeParse(JSON.parse(await readFile(modelJson, 'utf8')));
  if (!parsed.success) throw new Error(`${modelJson} is not a tfjs graph model:\n${z.prettifyError(parsed.error)}`);
  const { modelTopology, weightsManifest } = parsed.data;
  const weights = new Map<string, ConstantTensor>();
  for (const group of weightsManifest) {
    const shards = await Promise.all(group.paths.map((path) => readFile(join(dirname(modelJson), path))));
    for (const [name, tensor] of decodeWeights(group.weights, Buffer.concat(shards))) weights.set(name, tensor);
  }
  return { nodes: new Map(modelTopology.node.map((node) => [node.name, node])), weights };
}

/** Attributes are read by type. A missing one gives the fallback, or throws. */
export function intsAttribute(node: TfNode, name: string, fallback?: readonly number[]): number[] {
  const found = node.attr[name]?.list;
  if (found) return (found.i ?? []).map(Number);
  return [...orFallback(node, name, fallback)];
}

export function intAttribute(node: TfNode, name: string, fallback?: number): number {
  const found = node.attr[name]?.i;
  return found === undefined ? orFallback(node, name, fallback) : Number(found);
}

export function floatAttribute(node: TfNode, name: string, fallback?: number): number {
  return node.attr[name]?.f ?? orFallback(node, name, fallback);
}

/** False attributes are often omitted. */
export function boolAttribute(node: TfNode, name: string): boolean {
  return node.attr[name]?.b ?? false;
}

export function stringAttribute(node: TfNode, name: string, fallback?: string): string {
  const found = node.attr[name]?.s;
  return found === undefined ? orFallback(node, name, fallback) : decodeBase64(found);
}

export function stringsAttribute(node: TfNode, name: string): string[] {
  return (node.attr[name]?.list?.s ?? []).map(decodeBase64);
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function orFallback<T>(node: TfNode, name: string, fallback: T | undefined): T {
  if (fallback === undefined) throw new Error(`${node.op} ${node.name} has no attribute ${name}.`);
  return fallback;
}

const bytesPerElement = { float32: 4, int32: 4, uint8: 1, uint16: 2, float16: 2 } as const;
type StoredType = keyof typeof bytesPerElement;

/**
 * Splits a group's bytes, its shards joined, into the tensors that its specs list in order. Quantized weights come back
 * as float32 (`value = stored * scale + min`). Throws for a dtype other than float32 and int32.
 */
export function* decodeWeights(specs: readonly WeightSpec[], bytes: Uint8Array): Generator<[string, ConstantTensor]> {
  let offset = 0;
  for (const spec of specs) {
    const count = spec.shape.reduce((product, size) => product * size, 1);
    const length = count * bytesPerElement[storedType(spec)];
    if (offset + length > bytes.byteLength) throw new Error(`The weight shards end before ${spec.name}.`);
    // A copy: aligned for typed arrays, and it does not keep the shards in memory.
    const { buffer } = new Uint8Array(bytes.subarray(offset, offset + length));
    offset += length;
    yield [spec.name, { shape: spec.shape, data: decode(spec, buffer) }];
  }
}

function storedType(spec: WeightSpec): StoredType {
  if (spec.dtype !== 'float32' && spec.dtype !== 'int32') {
    throw new Error(`Weight ${spec.name} has the dtype ${spec.dtype}, which this converter does not know.`);
  }
  return spec.quantization?.dtype ?? spec.dtype;
}

function decode(spec: WeightSpec, buffer: ArrayBuffer): Float32Array | Int32Array {
  const { quantization } = spec;
  if (!quantization) return spec.dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
  if (quantization.dtype === 'float16') return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  const stored = quantization.dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const { scale, min } = quantization;
  // TensorFlow rounds what was an integer before it was quantized.
  return spec.dtype === 'int32'
    ? Int32Array.from(stored, (value) => Math.round(value * scale + min))
    : Float32Array.from(stored, (value) => value * scale + min);
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Runs small graphs through TensorFlow.js itself and through the converter and onnxruntime, side by side. */
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createGraph } from '../../src/onnx/graph-builder.ts';
import { encodeModel, type ModelProto } from '../../src/onnx/onnx-schema.ts';
import { convertGraphModel } from '../../src/tfjs/convert.ts';
import type { GraphModel, TfNode } from '../../src/tfjs/graph-model.ts';
import type { ConstantTensor } from '../../src/tfjs/graph-model.ts';

type Attributes = TfNode['attr'];

export const text = (value: string): Attributes[string] => ({ s: Buffer.from(value).toString('base64') });
export const texts = (...values: string[]): Attributes[string] => ({ list: { s: values.map((v) => text(v).s ?? '') } });
export const ints = (...values: number[]): Attributes[string] => ({ list: { i: values.map(String) } });
export const int = (value: number): Attributes[string] => ({ i: String(value) });
export const flag = (value: boolean): Attributes[string] => ({ b: value });

/** A graph under construction, with one placeholder `x`. */
export interface TestGraph {
  readonly model: GraphModel;
  readonly inputShape: readonly number[];
}

/** `nodes` by name; constants are given as values. The input's values run through -1..1. */
export function testGraph(
  inputShape: readonly number[],
  nodes: Record<string, { op: string; input: string[]; attr?: Attributes } | ConstantTensor>,
): TestGraph {
  const all: TfNode[] = [{ name: 'x', op: 'Placeholder', input: [], attr: { dtype: { type: 'DT_FLOAT' } } }];
  const weights = new Map<string, ConstantTensor>();
  for (const [name, node] of Object.entries(nodes)) {
    if ('op' in node) {
      all.push({ name, op: node.op, input: node.input, attr: { T: { type: 'DT_FLOAT' }, ...node.attr } });
      continue;
    }
    const dtype = node.data instanceof Int32Array ? 'DT_INT32' : 'DT_FLOAT';
    all.push({ name, op: 'Const', input: [], attr: { dtype: { type: dtype } } });
    weights.set(name, node);
  }
  return { model: { nodes: new Map(all.map((node) => [node.name, node])), weights }, inputShape };
}

/** Float values that all differ, and are the same in every run. */
export function floats(...shape: number[]): ConstantTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + 1) * 0.9) };
}

export function integers(shape: readonly number[], ...values: number[]): ConstantTensor {
  return { shape, data: Int32Array.from(values) };
}

export function convertTestGraph({ model, inputShape }: TestGraph, output: string): ModelProto {
  const g = createGraph({ name: 'test' });
  convertGraphModel(model, g, { inputs: { x: { name: 'x', shape: inputShape } }, outputs: { [output]: 'result' } });
  return g.build();
}

export interface Outcome {
  readonly shape: readonly number[];
  readonly values: number[];
}

/** What our conversion computes for the output node. */
export async function runConverted(graph: TestGraph, output: string): Promise<Outcome> {
  const session = await InferenceSession.create(encodeModel(convertTestGraph(graph, output)), { logSeverityLevel: 3 });
  try {
    const { data, shape } = floats(...graph.inputShape);
    const picture = shape.length === 4 ? toChannelsFirst(Float32Array.from(data), shape) : { data, shape };
    const { result } = await session.run({ x: new Tensor('float32', Float32Array.from(picture.data), picture.shape) });
    if (!result) throw new Error('no output');
    return { shape: result.dims, values: Array.from(result.data as ArrayLike<number | bigint>, Number) };
  } finally {
    await session.release();
  }
}

/** What TensorFlow.js computes. */
export async function runTfjs(graph: TestGraph, output: string): Promise<Outcome> {
  await tf.setBackend('cpu');
  const entries = [...graph.model.weights];
  const model = await tf.loadGraphModel({
    load: () =>
      Promise.resolve({
        modelTopology: { node: [...graph.model.nodes.values()], library: {}, versions: {} },
        weightSpecs: entries.map(([name, { shape, data }]) => ({
          name,
          shape: [...shape],
          dtype: data instanceof Int32Array ? ('int32' as const) : ('float32' as const),
        })),
        weightData: Uint8Array.from(Buffer.concat(entries.map(([, { data }]) => Buffer.from(data.buffer)))).buffer,
      }),
  });
  const { data, shape } = floats(...graph.inputShape);
  const result = model.execute({ x: tf.tensor(Float32Array.from(data), [...shape]) }, output) as tf.Tensor;
  return { shape: result.shape, values: Array.from(await result.data()) };
}

function toChannelsFirst(data: Float32Array, shape: readonly number[]): ConstantTensor {
  const [n = 1, h = 1, w = 1, c = 1] = shape;
  const planes = new Float32Array(data.length);
  for (const [i, value] of data.entries()) {
    const channel = i % c;
    const pixel = Math.floor(i / c) % (h * w);
    const picture = Math.floor(i / (c * h * w));
    planes[(picture * c + channel) * h * w + pixel] = value;
  }
  return { shape: [n, c, h, w], data: planes };
}

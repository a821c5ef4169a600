/** Small float32 graphs for the quantizer's tests, and a way to run them. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createGraph, type GraphBuilder, type Value } from '../../src/onnx/graph-builder.ts';
import { decodeModel, encodeModel, type ModelProto } from '../../src/onnx/onnx-schema.ts';
import { createRandomNumbers } from '../../src/synth/seeded-source.ts';
import { type FloatGraph, indexGraph } from '../../src/quantize/float-graph.ts';

/** What `write` puts into a graph, as the quantizer reads it. All constants are inside. */
export function smallGraph(write: (g: GraphBuilder) => void): FloatGraph {
  const g = createGraph({ name: 'small' });
  write(g);
  return indexGraph(decodeModel(encodeModel(g.build())), '.');
}

/** Numbers in [-1, 1), the same for the same name. */
export function randomFloats(name: string, length: number): Float32Array {
  const next = createRandomNumbers(1, name);
  return Float32Array.from({ length }, () => next());
}

/** A convolution [out, in, 3, 3] (in: of each group) with padding and a bias; its node and result are called `name`. */
export function addConvolution(
  g: GraphBuilder,
  input: Value,
  [outChannels, inChannels]: readonly [number, number],
  { name, group = 1 }: { name: string; group?: number },
): Value {
  const weight = g.constant(`${name}/w`, randomFloats(name, outChannels * inChannels * 9), [
    outChannels,
    inChannels,
    3,
    3,
  ]);
  const bias = g.constant(`${name}/b`, randomFloats(`${name} bias`, outChannels), [outChannels]);
  return g.node('Conv', [input, weight, bias], { pads: [1, 1, 1, 1], group }, { name });
}

export interface Input {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Every output of the model; the inputs by their names. */
export async function runModel(
  model: ModelProto,
  inputs: Readonly<Record<string, Input>>,
): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [name, new Tensor('float32', data, shape)]);
    const results = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]),
    );
  } finally {
    await session.release();
  }
}

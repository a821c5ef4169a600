/** Tiny segmentation networks as ONNX files, for the tests of importing and parsing with them. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGraph, type GraphBuilder, type Shape, type Value } from '../../src/onnx/graph-builder.ts';
import { type ElementType, encodeModel } from '../../src/onnx/onnx-schema.ts';
import { createWeightFile } from '../../src/onnx/weight-file.ts';

export interface TinyNetwork {
  readonly input?: { readonly name?: string; readonly type?: ElementType; readonly shape?: Shape };
  /** From the input to what the output shows. By default, the picture's channels are the logits of three classes. */
  readonly body?: (g: GraphBuilder, image: Value) => Value;
  readonly output?: { readonly type?: ElementType; readonly shape?: Shape };
  /** Names of further outputs, the same as the first. */
  readonly more?: readonly string[];
  /** Has weights, in a file of this name beside the network: each logit times 1. */
  readonly weights?: string;
}

/** Input `image` [1, 3, 8, 12], output `logits`, unless told otherwise. */
export async function writeNetwork(path: string, network: TinyNetwork = {}): Promise<string> {
  const weights = network.weights === undefined ? undefined : createWeightFile(join(dirname(path), network.weights));
  const g = createGraph({ name: 'tiny', ...(weights ? { weights } : {}) });
  const { name = 'image', type = 'float32', shape = [1, 3, 8, 12] } = network.input ?? {};
  const image = g.input(name, type, shape);
  const values = network.body?.(g, image) ?? image;
  const scaled = weights
    ? g.node('Mul', [values, g.constant('ones', new Float32Array(288).fill(1), [1, 3, 8, 12])])
    : values;
  const given = network.output?.shape ?? shape;
  for (const output of ['logits', ...(network.more ?? [])]) {
    g.output(scaled, output, network.output?.type ?? 'float32', given);
  }
  await writeFile(path, encodeModel(g.build()));
  weights?.close();
  return path;
}

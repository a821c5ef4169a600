import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { decodeWeights, weightSpecSchema, type ConstantTensor } from './weights.ts';

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

const modelSchema = z.looseObject({
  format: z.literal('graph-model'),
  modelTopology: z.looseObject({ node: z.array(nodeSchema).min(1) }),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weightSpecSchema) })),
});

/** A tfjs graph model in memory: its nodes by name and its weights, by the name of the `Const` node that they fill. */
export interface GraphModel {
  readonly nodes: ReadonlyMap<string, TfNode>;
  readonly weights: ReadonlyMap<string, ConstantTensor>;
}

/**
 * Reads `model.json` of a tfjs graph model and the weight shards beside it.
 * Throws where the file is no graph model or a shard is missing or too short.
 * Format: https://github.com/tensorflow/tfjs/tree/master/tfjs-converter
 */
export async function readGraphModel(modelJson: string): Promise<GraphModel> {
  const parsed = modelSchema.safeParse(JSON.parse(await readFile(modelJson, 'utf8')));
  if (!parsed.success) throw new Error(`${modelJson} is no tfjs graph model:\n${z.prettifyError(parsed.error)}`);
  const { modelTopology, weightsManifest } = parsed.data;
  const weights = new Map<string, ConstantTensor>();
  for (const group of weightsManifest) {
    const shards = await Promise.all(group.paths.map((path) => readFile(join(dirname(modelJson), path))));
    for (const [name, tensor] of decodeWeights(group.weights, Buffer.concat(shards))) weights.set(name, tensor);
  }
  return { nodes: new Map(modelTopology.node.map((node) => [node.name, node])), weights };
}

/**
 * A graph with added nodes that look at its tensors. It is written next to a hard link to its weights, which are large
 * and are mapped, not read.
 */
import { copyFile, link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSession, type Session, type SessionSettings } from '@m2fp/core/model';
import { createGraph, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { encodeModel, type ModelProto } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import type { FloatGraph } from './float-graph.ts';

export interface Instruments {
  readonly graph: FloatGraph;
  /** Where the graph's weight files are. */
  readonly bundleDir: string;
  /** A folder for this run only; the caller removes it. */
  readonly workDir: string;
  readonly settings: SessionSettings;
}

/** For tensors of the graph, what its nodes are to read instead. */
export type Replacements = ReadonlyMap<string, Value>;

/** Loads the graph with what `add` puts on it. Values are named like the graph's tensors. */
export async function loadInstrumented(
  { graph, bundleDir, workDir, settings }: Instruments,
  name: string,
  add: (g: GraphBuilder) => Replacements | undefined,
): Promise<Session> {
  for (const file of graph.weightFiles) await linkFile(join(bundleDir, file), join(workDir, file));
  const weights = createWeightFile(join(workDir, `${name}.weights`));
  try {
    const g = createGraph({ name, weights });
    const replacements = add(g);
    const path = join(workDir, `${name}.onnx`);
    await writeFile(path, encodeModel(joinModels(graph.model, g.build(), replacements)));
    return await createSession(path, settings);
  } finally {
    weights.close();
  }
}

/** Both builders make up the same names, so what was added is renamed, except for its outputs. */
function joinModels(model: ModelProto, added: ModelProto, replacements: Replacements = new Map()): ModelProto {
  const domains = new Map([...added.opset_import, ...model.opset_import].map((item) => [item.domain, item]));
  const { node: nodes, initializer, output } = added.graph;
  const own = new Set([...nodes.flatMap((node) => node.output), ...initializer.map(({ name }) => name)]);
  for (const { name } of output) own.delete(name);
  const rename = (name: string): string => (own.has(name) ? `added/${name}` : name);
  const renamed = nodes.map((node) => ({
    ...node,
    name: `added/${node.name}`,
    input: node.input.map(rename),
    output: node.output.map(rename),
  }));
  const read = (name: string): string => {
    const replacement = replacements.get(name);
    return replacement === undefined ? name : rename(replacement.name);
  };
  return {
    ...model,
    opset_import: [...domains.values()],
    graph: {
      ...model.graph,
      node: [...model.graph.node.map((node) => ({ ...node, input: node.input.map(read) })), ...renamed],
      initializer: [
        ...model.graph.initializer,
        ...initializer.map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
      ],
      output: [...model.graph.output, ...output],
    },
  };
}

async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    // Another file system, or one without links.
    await copyFile(from, to);
  }
}

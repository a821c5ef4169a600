import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, writeBundle } from '@m2fp/core/model';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import { elementCount, stopWhenAborted, type TensorSource } from '../checkpoint/tensor-source.ts';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import type { MadeUpOutputs } from '../synth/made-up-people.ts';
import type { Architecture } from './architecture.ts';
import { type BundleDescription, createManifest, graphFileName, weightsFileName } from './bundle-manifest.ts';
import type { M2fpConfiguration } from './configuration.ts';
import { buildNetwork } from './network.ts';
import { type ModelFiles, openModel } from './open-model.ts';
import { tensorProblems } from './tensor-problems.ts';
import { weightsFrom } from './weights.ts';

export interface ConvertOptions extends Omit<ModelFiles, 'path'> {
  /** Told what a user should know about how the checkpoint was read. */
  readonly onNote?: (note: string) => void;
}

/**
 * Compiles a checkpoint, a file or a folder, to a model bundle at `outDir`. Rejects as `openModel` and `convertM2fp`
 * do, and with the signal's reason once it is aborted; then no partial bundle is left.
 */
export async function convertCheckpoint(
  path: string,
  outDir: string,
  description: BundleDescription,
  signal: AbortSignal,
  { onNote, ...files }: ConvertOptions = {},
): Promise<Manifest> {
  const model = await openModel({ ...files, path }, 'required');
  try {
    const { source, configuration, notes } = model;
    for (const note of [...notes, ...configuration.notes]) onNote?.(note);
    return await convertM2fp(stopWhenAborted(source, signal), configuration, outDir, description);
  } finally {
    await model.close();
  }
}

/**
 * Compiles a checkpoint's tensors to a model bundle at `outDir`. Tensors are read one at a time and written
 * immediately; the same tensors and configuration give the same bytes. Nothing is written unless every tensor is there
 * in its shape, and nothing is left behind if one cannot be read.
 *
 * With `instead`, the network computes all the same, but these are its outputs.
 *
 * Rejects with `model_unavailable`, naming the tensors, if the source does not fit the configuration, and with
 * `conflict` if `outDir` holds something other than a bundle.
 */
export async function convertM2fp(
  source: TensorSource,
  configuration: M2fpConfiguration,
  outDir: string,
  description: BundleDescription,
  instead?: MadeUpOutputs,
): Promise<Manifest> {
  const problems = tensorProblems(source, configuration);
  if (problems.length > 0) throw checkpointError(summarize(problems));
  return writeBundle(outDir, createManifest(source, configuration, description), (stagingDir) =>
    writeGraph(inRgb(source, configuration), configuration.architecture, stagingDir, instead),
  );
}

/** A network that takes BGR is one that takes RGB with the channels of its first convolution in reverse. */
export function inRgb(source: TensorSource, { input }: M2fpConfiguration): TensorSource {
  if (input.channels === 'RGB') return source;
  return {
    ...source,
    read: async (name) => {
      const values = await source.read(name);
      if (name !== 'backbone.stem.conv1.weight') return values;
      const window = elementCount(source.shape(name)?.slice(2) ?? []);
      return values.map((_, i) => {
        const channel = Math.floor(i / window) % 3;
        return values[i + (2 - 2 * channel) * window] ?? NaN;
      });
    },
  };
}

/** The first few; another network's checkpoint lacks hundreds. */
function summarize(problems: readonly string[]): string {
  const shown = problems.slice(0, 5);
  return problems.length === shown.length
    ? shown.join(' ')
    : `${shown.join(' ')} ${problems.length - shown.length} more tensors do not fit.`;
}

/** Writes the graph and its weights into a folder. */
export async function writeGraph(
  source: TensorSource,
  architecture: Architecture,
  dir: string,
  instead?: MadeUpOutputs,
): Promise<void> {
  const weights = createWeightFile(join(dir, weightsFileName));
  try {
    const graph = createGraph({ name: 'm2fp', weights });
    buildNetwork(graph, weightsFrom(source), architecture, instead);
    await graph.writeConstants();
    await writeFile(join(dir, graphFileName), encodeModel(graph.build()));
  } finally {
    weights.close();
  }
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, writeBundle } from '@m2fp/core/model';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import { configurationFileName, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { stopWhenAborted, tensorProblem, type TensorSource } from '../checkpoint/tensor-source.ts';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import type { Architecture } from './architecture.ts';
import { type BundleDescription, createManifest, graphFileName, weightsFileName } from './bundle-manifest.ts';
import { type M2fpConfiguration, parseConfiguration } from './configuration.ts';
import { buildNetwork, networkTensors } from './network.ts';
import { weightsFrom } from './weights.ts';

/**
 * Compiles the checkpoint in a folder to a model bundle at `outDir`. Rejects as `openCheckpoint` and `convertM2fp` do,
 * and with the signal's reason once it is aborted; then no partial bundle is left.
 */
export async function convertCheckpoint(
  checkpointDir: string,
  outDir: string,
  description: BundleDescription,
  signal: AbortSignal,
): Promise<Manifest> {
  const checkpoint = await openCheckpoint(checkpointDir);
  try {
    const configuration = parseConfiguration(checkpoint.configuration, join(checkpointDir, configurationFileName));
    return await convertM2fp(stopWhenAborted(checkpoint.source, signal), configuration, outDir, description);
  } finally {
    await checkpoint.close();
  }
}

/**
 * Compiles a checkpoint's tensors to a model bundle at `outDir`. Tensors are read one at a time and written
 * immediately; the same tensors and configuration give the same bytes. Nothing is written unless every tensor is there
 * in its shape, and nothing is left behind if one cannot be read.
 *
 * Rejects with `model_unavailable`, naming the tensors, if the source does not fit the configuration, and with
 * `conflict` if `outDir` holds something other than a bundle.
 */
export async function convertM2fp(
  source: TensorSource,
  configuration: M2fpConfiguration,
  outDir: string,
  description: BundleDescription,
): Promise<Manifest> {
  const problems = tensorProblems(source, configuration.architecture);
  if (problems.length > 0) throw checkpointError(summarize(problems));
  return writeBundle(outDir, createManifest(source, configuration, description), (stagingDir) =>
    writeGraph(source, configuration.architecture, stagingDir),
  );
}

/** One message for each tensor that is missing or has another shape. Reads none. */
export function tensorProblems(source: TensorSource, architecture: Architecture): string[] {
  return [...networkTensors(architecture)].flatMap(([name, shape]) => tensorProblem(source, name, shape) ?? []);
}

/** The first few; another network's checkpoint lacks hundreds. */
function summarize(problems: readonly string[]): string {
  const shown = problems.slice(0, 5);
  return problems.length === shown.length
    ? shown.join(' ')
    : `${shown.join(' ')} ${problems.length - shown.length} more tensors do not fit.`;
}

/** Writes the graph and its weights into a folder. */
export async function writeGraph(source: TensorSource, architecture: Architecture, dir: string): Promise<void> {
  const weights = createWeightFile(join(dir, weightsFileName));
  try {
    const graph = createGraph({ name: 'm2fp', weights });
    buildNetwork(graph, weightsFrom(source), architecture);
    await graph.writeConstants();
    await writeFile(join(dir, graphFileName), encodeModel(graph.build()));
  } finally {
    weights.close();
  }
}

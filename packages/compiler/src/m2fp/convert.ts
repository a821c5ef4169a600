import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, writeBundle } from '@m2fp/core/model';
import { assertTensor, type TensorSource } from '../checkpoint/tensor-source.ts';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import type { Architecture } from './architecture.ts';
import type { M2fpConfiguration } from './configuration.ts';
import { type BundleDescription, createManifest, graphFileName, weightsFileName } from './manifest.ts';
import { buildNetwork } from './network.ts';
import { requiredTensors } from './required-tensors.ts';
import { WeightReader } from './weight-reader.ts';

/**
 * Compiles a checkpoint's tensors to a model bundle at `outDir`. Tensors are read one at a time and written at once; the
 * same tensors and configuration give the same bytes. Nothing is written before every tensor was found to be there in
 * its shape, and nothing is left behind where one cannot be read.
 *
 * Rejects with `model_unavailable`, naming the tensor, where the source does not fit the configuration, and with
 * `conflict` where `outDir` holds something other than a bundle.
 */
export async function convertM2fp(
  source: TensorSource,
  configuration: M2fpConfiguration,
  outDir: string,
  description: BundleDescription,
): Promise<Manifest> {
  assertTensors(source, configuration.architecture);
  return writeBundle(outDir, createManifest(source, configuration, description), (stagingDir) =>
    writeGraph(source, configuration.architecture, stagingDir),
  );
}

/** Throws `model_unavailable` for the first tensor that is missing or of another shape. Reads none. */
export function assertTensors(source: TensorSource, architecture: Architecture): void {
  for (const [name, shape] of requiredTensors(architecture)) assertTensor(source, name, shape);
}

/** Writes the graph and its weights into a folder. */
export async function writeGraph(source: TensorSource, architecture: Architecture, dir: string): Promise<void> {
  const weights = createWeightFile(join(dir, weightsFileName));
  try {
    const graph = createGraph({ name: 'm2fp', weights });
    await buildNetwork(graph, new WeightReader(source, requiredTensors(architecture)), architecture);
    await writeFile(join(dir, graphFileName), encodeModel(graph.build()));
  } finally {
    weights.close();
  }
}

/** What is taken out of the two tfjs models, and under which names. Sizes are pixels. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import { convertGraphModel, type ConversionSettings } from '../tfjs/convert.ts';
import type { GraphModel } from '../tfjs/graph-model.ts';

export const detectorSize = 256;
export const segmenterSize = 448;

/**
 * Input `image` [1, 3, 256, 256]. Outputs, for the 16x16 grid with 2 anchors a cell (512) and the 8x8 one with 6 (384):
 * `scores_*` [1, n, 1] before the sigmoid and `boxes_*` [1, n, 16].
 */
export const detectorNetwork: ConversionSettings = {
  inputs: { input: { name: 'image', shape: [1, detectorSize, detectorSize, 3] } },
  outputs: { Identity: 'scores_16', Identity_1: 'scores_8', Identity_2: 'boxes_16', Identity_3: 'boxes_8' },
};

/** Input `image` [1, 3, 448, 448]; output `probabilities` [1, 19, 448, 448], which sum to 1 a pixel. */
export const segmenterNetwork: ConversionSettings = {
  inputs: { input_tensor: { name: 'image', shape: [1, segmenterSize, segmenterSize, 3] } },
  outputs: { 'BiseNetV2/prob': 'probabilities' },
};

/** Number of weights of a network, those of shape arithmetic left out. */
export function countWeights(model: GraphModel): number {
  return [...model.weights.values()]
    .filter(({ data }) => data instanceof Float32Array)
    .reduce((sum, { data }) => sum + data.length, 0);
}

/** Writes `NAME.onnx` and its weights `NAME.bin` into the folder. `origin` is kept in the graph's metadata. */
export async function writeNetwork(
  model: GraphModel,
  settings: ConversionSettings,
  { dir, name, origin }: { dir: string; name: string; origin: string },
): Promise<void> {
  const weights = createWeightFile(join(dir, `${name}.bin`));
  try {
    const g = createGraph({ name, weights });
    convertGraphModel(model, g, settings);
    await writeFile(join(dir, `${name}.onnx`), encodeModel(g.build({ source: origin })));
  } finally {
    weights.close();
  }
}

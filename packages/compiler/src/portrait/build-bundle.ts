/** The embedded portrait model: what is taken out of two published tfjs networks, and the bundle made of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Label, type Manifest, type ManifestDraft, writeBundle } from '@m2fp/core/model';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import { type ConversionSettings, convertGraphModel } from '../tfjs/convert.ts';
import { type GraphModel, readGraphModel } from '../tfjs/graph-model.ts';
import { findPortraitSources, type PortraitSources } from './source-packages.ts';

/** Sides of the networks' square inputs, px. */
const detectorSize = 256;
const segmenterSize = 448;

/**
 * Input `image` [1, 3, 256, 256]. Outputs, for the 16x16 grid with 2 anchors per cell (512) and the 8x8 grid with 6
 * (384): `scores_*` [1, n, 1] before the sigmoid and `boxes_*` [1, n, 16].
 */
const detectorNetwork: ConversionSettings = {
  inputs: { input: { name: 'image', shape: [1, detectorSize, detectorSize, 3] } },
  outputs: { Identity: 'scores_16', Identity_1: 'scores_8', Identity_2: 'boxes_16', Identity_3: 'boxes_8' },
};

/** Input `image` [1, 3, 448, 448]; output `probabilities` [1, 19, 448, 448], which sum to 1 per pixel. */
const segmenterNetwork: ConversionSettings = {
  inputs: { input_tensor: { name: 'image', shape: [1, segmenterSize, segmenterSize, 3] } },
  outputs: { 'BiseNetV2/prob': 'probabilities' },
};

/**
 * The classes of CelebAMask-HQ in the network's order. Left and right are the person's own. Related parts have related
 * hues: warm for the face, blue for the eyes, so that an overlay reads at a glance; no two colors are close.
 */
const classes = [
  ['background', [0, 0, 0]],
  ['skin', [255, 190, 152]],
  ['l_brow', [126, 87, 52]],
  ['r_brow', [176, 130, 74]],
  ['l_eye', [33, 102, 232]],
  ['r_eye', [74, 178, 255]],
  ['eye_g', [0, 229, 214]],
  ['l_ear', [255, 138, 76]],
  ['r_ear', [224, 104, 32]],
  ['ear_r', [255, 221, 0]],
  ['nose', [255, 112, 146]],
  ['mouth', [122, 12, 46]],
  ['u_lip', [232, 28, 79]],
  ['l_lip', [176, 24, 106]],
  ['neck', [214, 158, 224]],
  ['neck_l', [255, 243, 138]],
  ['cloth', [46, 160, 92]],
  ['hair', [112, 66, 193]],
  ['hat', [170, 205, 60]],
] as const;

export const portraitLabels: Label[] = classes.map(([name, color], id) => ({
  id,
  name,
  color: [...color],
  role: id === 0 ? 'background' : 'part',
}));

/**
 * Makes the portrait bundle in `outDir` from the installed model packages, without network access. Takes about a
 * second. Throws `model_unavailable` if a package is missing.
 */
export async function buildPortraitBundle(outDir: string): Promise<Manifest> {
  const sources = await findPortraitSources();
  const detector = await readGraphModel(sources.detector.modelJson);
  const segmenter = await readGraphModel(sources.segmenter.modelJson);
  return writeBundle(outDir, describe(sources, detector, segmenter), async (dir) => {
    await writeNetwork(detector, detectorNetwork, { dir, name: 'detector', origin: originOf(sources.detector) });
    await writeNetwork(segmenter, segmenterNetwork, { dir, name: 'segmenter', origin: originOf(sources.segmenter) });
  });
}

function describe(sources: PortraitSources, detector: GraphModel, segmenter: GraphModel): ManifestDraft {
  return {
    v: 1,
    kind: 'portrait',
    name: 'portrait',
    version: `${sources.detector.version}+${sources.segmenter.version}`,
    labels: portraitLabels,
    licence: 'MIT (both networks, as published by their packages)',
    source:
      `BlazeFace (back camera) from ${originOf(sources.detector)}; ` +
      `BiSeNetV2 trained on CelebAMask-HQ from ${originOf(sources.segmenter)}`,
    synthetic: false,
    graph: 'segmenter.onnx',
    dtype: 'float32',
    parameters: countWeights(detector) + countWeights(segmenter),
    architecture: { detector: 'BlazeFace', segmenter: 'BiSeNetV2', dataset: 'CelebAMask-HQ' },
    detector: { graph: 'detector.onnx', size: detectorSize, scoreThreshold: 0.5, iouThreshold: 0.3 },
    segmenter: { size: segmenterSize, cropScale: 2.4, widestCropScale: 4.4 },
  };
}

function originOf({ name, version }: { name: string; version: string }): string {
  return `npm ${name}@${version}`;
}

/** Number of weights of a network, without the constants of shape arithmetic. */
function countWeights(model: GraphModel): number {
  return [...model.weights.values()]
    .filter(({ data }) => data instanceof Float32Array)
    .reduce((sum, { data }) => sum + data.length, 0);
}

/** Writes `NAME.onnx` and its weights `NAME.bin` into the folder. `origin` is kept in the graph's metadata. */
async function writeNetwork(
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

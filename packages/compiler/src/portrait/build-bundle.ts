/** The embedded portrait model: what is taken out of two published tfjs networks, and the bundle made of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, type ManifestDraft, writeBundle } from '@m2fp/core/model';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import { type ConversionSettings, convertGraphModel } from '../tfjs/convert.ts';
import { type GraphModel, readGraphModel } from '../tfjs/graph-model.ts';
import { writeInt8Segmenter } from './int8-segmenter.ts';
import { portraitLabels } from './labels.ts';
import { findPortraitSources, type PortraitSources, type PortraitType } from './source-packages.ts';

/** Sides of the networks' square inputs, px. */
const detectorSize = 256;
const segmenterSize = 448;
/**
 * The network computes an eighth of its input's size and enlarges that to the full size. Half of it is as fine as what
 * the probabilities are used for: between two pixels there is little but the line that joins them.
 */
const segmenterStep = 2;

/**
 * Input `image` [1, 3, 256, 256]. Outputs, for the 16x16 grid with 2 anchors per cell (512) and the 8x8 grid with 6
 * (384): `scores_*` [1, n, 1] before the sigmoid and `boxes_*` [1, n, 16].
 */
const detectorNetwork: ConversionSettings = {
  inputs: { input: { name: 'image', shape: [1, detectorSize, detectorSize, 3] } },
  outputs: { Identity: 'scores_16', Identity_1: 'scores_8', Identity_2: 'boxes_16', Identity_3: 'boxes_8' },
};

/** Input `image` [1, 3, 448, 448]; output `probabilities` [1, 224, 224, 19], which sum to 1 per pixel. */
const segmenterNetwork: ConversionSettings = {
  inputs: { input_tensor: { name: 'image', shape: [1, segmenterSize, segmenterSize, 3] } },
  outputs: { 'BiseNetV2/prob': 'probabilities' },
};

/**
 * Makes the portrait bundle in `outDir` from the installed model packages, without network access. Takes about a
 * second. Throws `model_unavailable` if a package is missing.
 * @param dtype of the segmenter; the detector is always float32
 */
export async function buildPortraitBundle(outDir: string, dtype: PortraitType = 'int8'): Promise<Manifest> {
  const sources = await findPortraitSources(dtype);
  const detector = await readGraphModel(sources.detector.modelJson);
  const segmenter = enlargingLess(await readGraphModel(sources.segmenter.modelJson));
  return writeBundle(outDir, describe(sources, detector, segmenter, dtype), async (dir) => {
    await writeNetwork(detector, detectorNetwork, { dir, name: 'detector', origin: originOf(sources.detector) });
    const origin = originOf(sources.segmenter);
    const writeSegmenter = (to: string) =>
      writeNetwork(segmenter, segmenterNetwork, { dir: to, name: 'segmenter', origin });
    if (dtype === 'float32') return writeSegmenter(dir);
    const plainDir = await mkdtemp(join(tmpdir(), 'm2fp-portrait-'));
    try {
      await writeSegmenter(plainDir);
      await writeInt8Segmenter(plainDir, dir);
    } finally {
      await rm(plainDir, { recursive: true, force: true });
    }
  });
}

/** The factors, as constants of the graph, by which the network enlarges its result along each axis. */
const enlargements = ['BiseNetV2/Mul/y', 'BiseNetV2/Mul_1/y'];

/** Output pixel i becomes what pixel i * `segmenterStep` was: TensorFlow enlarges from the first pixel on. */
function enlargingLess(model: GraphModel): GraphModel {
  const weights = new Map(model.weights);
  for (const name of enlargements) {
    const factor = weights.get(name);
    if (!factor) throw new Error(`The segmenter has no constant ${name}.`);
    weights.set(name, { ...factor, data: factor.data.map((by) => by / segmenterStep) });
  }
  return { ...model, weights };
}

function describe(
  sources: PortraitSources,
  detector: GraphModel,
  segmenter: GraphModel,
  dtype: PortraitType,
): ManifestDraft {
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
    dtype,
    parameters: countWeights(detector) + countWeights(segmenter),
    architecture: { detector: 'BlazeFace', segmenter: 'BiSeNetV2', dataset: 'CelebAMask-HQ' },
    detector: { graph: 'detector.onnx', size: detectorSize, scoreThreshold: 0.5, iouThreshold: 0.3 },
    segmenter: { size: segmenterSize, step: segmenterStep, cropScale: 2.4, widestCropScale: 4.4 },
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

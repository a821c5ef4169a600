import { writeBundle, type Manifest, type ManifestDraft } from '@m2fp/core/model';
import { readGraphModel, type GraphModel } from '../tfjs/graph-model.ts';
import { portraitLabels } from './labels.ts';
import {
  countWeights,
  detectorNetwork,
  detectorSize,
  segmenterNetwork,
  segmenterSize,
  writeNetwork,
} from './networks.ts';
import { findPortraitSources, type PortraitSources } from './source-packages.ts';

/**
 * Makes the portrait bundle in `outDir` out of the installed model packages, with no network. About a second.
 * Throws `model_unavailable` where a package is missing.
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

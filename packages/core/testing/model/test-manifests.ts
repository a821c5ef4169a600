/** Manifests for tests, one of each kind. To change labels or facts, spread them. */
import type { KindName, ManifestOf } from '../../src/kinds/kinds.ts';
import type { Label } from '../../src/model/manifest.ts';
import type { ManifestDraft } from '../../src/model/write-bundle.ts';

/** Class 0 is background, 9 a whole person, the others are parts. */
export const testLabels: Label[] = [
  { id: 0, name: 'Background', color: [0, 0, 0], role: 'background' },
  { id: 1, name: 'Hat', color: [200, 0, 0], role: 'part' },
  { id: 2, name: 'Hair', color: [0, 200, 0], role: 'part' },
  { id: 4, name: 'Face', color: [0, 0, 200], role: 'part' },
  { id: 9, name: 'Human', color: [90, 90, 90], role: 'person' },
];

const common = {
  v: 1,
  name: 'test',
  version: '3',
  labels: testLabels,
  licence: 'MIT',
  source: 'test',
  synthetic: false,
  graph: 'model.onnx',
  dtype: 'float32',
  parameters: 0,
  architecture: {},
} as const;

const m2fp: ManifestDraft<'m2fp'> = {
  ...common,
  kind: 'm2fp',
  input: { mean: [0, 0, 0], std: [1, 1, 1], padMultiple: 32 },
  personClassId: 9,
  reference: { minSize: 640, maxSize: 1333 },
};

/** A draft for `writeBundle` of each kind. */
export const testDrafts: { readonly [K in KindName]: ManifestDraft<K> } = {
  m2fp,
  'm2fp-single': {
    ...common,
    kind: 'm2fp-single',
    input: { ...m2fp.input, width: 384, height: 512, fill: 128 },
    resizeBeforeSum: false,
  },
  portrait: {
    ...common,
    kind: 'portrait',
    detector: { graph: 'detector.onnx', size: 256, scoreThreshold: 0.5, iouThreshold: 0.3 },
    segmenter: { size: 448, step: 1, cropScale: 2.4, widestCropScale: 4 },
  },
  semantic: {
    ...common,
    kind: 'semantic',
    input: {
      ...{ name: 'image', layout: 'nchw', size: { width: 64, height: 64 }, fit: 'stretch', resize: 'bilinear' },
      ...{ profile: 'ignore', channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1], fill: 0 },
    },
    output: { name: 'logits', values: 'logits', layout: 'nchw', toInput: 'none', toPhoto: 'bilinear' },
  },
};

/** A whole manifest, for code that reads no files. */
export const testManifest: ManifestOf<'m2fp'> = {
  ...m2fp,
  files: [{ path: 'model.onnx', bytes: 0, sha256: '0'.repeat(64) }],
};

/** M2FP networks to ONNX: from a checkpoint's tensors and its configuration to a model bundle. */
export { tableOf } from './class-tables.ts';
export { convertCheckpoint } from './convert.ts';
export { readLabelNames } from './labels-file.ts';
export { writeReferenceWeights } from './reference-weights.ts';
export { isMadeUp, synthesizeM2fp, type PresetKind, type PresetMasks, type PresetName } from './synthesize.ts';

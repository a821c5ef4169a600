/** M2FP networks to ONNX: from a checkpoint's tensors and its configuration to a model bundle. */
export * from './architecture.ts';
export * from './configuration.ts';
export { convertCheckpoint } from './convert-checkpoint.ts';
export { assertTensors, convertM2fp } from './convert.ts';
export { cihpClasses, classNames, lipClasses } from './labels.ts';
export { type BundleDescription, countParameters } from './manifest.ts';
export { presetConfiguration, presetKinds, type PresetKind, presetNames, type PresetName } from './presets.ts';
export { requiredTensors } from './required-tensors.ts';
export { synthesizeM2fp, type SyntheticNetwork } from './synthesize.ts';

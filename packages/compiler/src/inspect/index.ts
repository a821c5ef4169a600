/** What a folder with a model in it holds. */
export { type CheckpointReport, inspectCheckpoint } from './inspect-checkpoint.ts';
export { type BundleReport, inspectModel } from './inspect-model.ts';

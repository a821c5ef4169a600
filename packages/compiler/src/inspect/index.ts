/** What a folder with a model in it holds. */
export { type BundleReport, type CheckpointReport, inspectModel } from './inspect-model.ts';

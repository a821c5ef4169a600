/** Fetching published checkpoints. */
export { formatBytes } from './pull-error.ts';
export { pullModel } from './pull-model.ts';

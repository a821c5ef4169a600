/** Fetching published checkpoints. */
export type { DownloadedFile } from './download-file.ts';
export { formatBytes } from './pull-error.ts';
export { pullModel, type PullOptions } from './pull-model.ts';

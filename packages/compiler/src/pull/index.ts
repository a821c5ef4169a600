/** Fetching published checkpoints: resumable, checked, never half. */
export type { DownloadedFile } from './download-file.ts';
export { formatBytes } from './format-bytes.ts';
export { publishedModels, licenceNotice, type PublishedModel, type PublishedModelName } from './published-models.ts';
export { pullModel, type PullOptions } from './pull-model.ts';

/** Fetching published checkpoints. */
export { formatBytes } from './pull-error.ts';
export {
  convertFetched,
  fetchCheckpoint,
  isUrl,
  licenseNotice,
  type ModelOrigin,
  shownOrigin,
} from './obtain-model.ts';

/** From a model's name to the folder of its bundle. */
export {
  isModelName,
  licenseNote,
  modelNames,
  namedModels,
  type BuiltModel,
  type PublishedModel,
  type PublishedModelName,
  publishedModelNames,
} from './named-models.ts';
export { defaultCacheDir } from './cache-dir.ts';
export { pulledBundleDir, resolveBundle } from './resolve-bundle.ts';

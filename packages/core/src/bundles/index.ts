/** From a model's name to the folder of its bundle, without what builds bundles, decodes or computes. */
export { defaultCacheDir } from './cache-dir.ts';
export { findBundle, findNamedBundle, installedBundleDir, pulledBundleDir } from './find-bundle.ts';
export {
  type BuiltModel,
  type BuiltModelName,
  isModelName,
  isPublished,
  licenseNote,
  modelNames,
  namedModels,
  type PublishedModel,
  type PublishedModelName,
  publishedModelNames,
} from './named-models.ts';

/** From a model's name to the folder of its bundle. */
export { defaultCacheDir } from './default-cache-dir.ts';
export { resolveBundle, type ResolveSettings } from './resolve-bundle.ts';

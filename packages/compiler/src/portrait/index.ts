/** The embedded default model: face detector and head segmenter, made from what registry packages ship. */
export { buildPortraitBundle } from './build-bundle.ts';
export { portraitBundleKey } from './bundle-key.ts';

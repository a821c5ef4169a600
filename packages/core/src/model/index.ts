/** Model bundles and onnxruntime sessions. onnxruntime itself is loaded with the first session only. */
export { type KindName, type ManifestOf } from '../kinds/kinds.ts';
export * from './bundle.ts';
export type { BundleCheck } from './checked-files.ts';
export { isWorthOptimizing, optimizeBundle } from './optimize-bundle.ts';
export { type Bundle, isBundleName, type Label, type Manifest, manifestFileName, type Rgb } from './manifest.ts';
export { floatsFromHalves } from './halves.ts';
export { optimizedFolder } from './optimized-bundle.ts';
export { readModelJson, shortened } from './read-json.ts';
export { createSession, type FloatTensor, type NetworkInputs, type Session, type SessionSettings } from './session.ts';
export { assertReplaceable, type ManifestDraft, writeBundle } from './write-bundle.ts';

/** Model bundles and onnxruntime sessions. onnxruntime itself is loaded with the first session only. */
export * from './bundle.ts';
export { describeFile } from './file-digest.ts';
export * from './manifest.ts';
export { createSession, type FloatTensor, type NetworkInputs, type Session, type SessionSettings } from './session.ts';
export * from './write-bundle.ts';

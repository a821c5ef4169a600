/** Bundles from ONNX files that were not made here. */
export { importNetwork } from './import-network.ts';
export type { PresetName } from './presets.ts';

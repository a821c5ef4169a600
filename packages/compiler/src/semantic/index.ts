/** Bundles from ONNX files that were not made here. */
export { importNetwork, type ImportSettings } from './import-network.ts';
export { type PresetName, presets } from './presets.ts';

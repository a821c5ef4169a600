/** tfjs graph models to ONNX. */
export { convertGraphModel, knownOps, type ConversionSettings } from './convert.ts';
export { readGraphModel, type GraphModel } from './graph-model.ts';

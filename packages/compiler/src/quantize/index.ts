/** From float32 bundles to int8 ones, calibrated on photos. */
export type { ReduceRange } from './parameters.ts';
export type { Stage } from './progress.ts';
export { quantizeBundle } from './quantize-bundle.ts';
export { formatReport, type QuantizationReport } from './report.ts';

/** From float32 bundles to int8 ones, calibrated on photos. */
export type { Agreement } from './agreement.ts';
export type { ReduceRange } from './parameters.ts';
export type { Stage } from './progress.ts';
export { quantizeBundle, type QuantizeSettings } from './quantize-bundle.ts';
export { formatReport, type LayerRow, type QuantizationReport } from './report.ts';

/** How good a model is: data sets, predictions and the figures of M2FP's authors. */
export * from './files/class-names.ts';
export * from './files/dataset.ts';
export * from './files/predictions.ts';
export type { IdMap } from './id-map.ts';
export { assertClassesFit } from './metrics/class-count.ts';
export { Evaluator } from './metrics/evaluator.ts';
export { type ByThreshold, type Figure, type Figures } from './metrics/figures.ts';
export type { PhotoPrediction, PhotoTruth } from './metrics/photo.ts';
export * from './parsing/evaluated-model.ts';
export { withClassIds } from './parsing/predict.ts';

/** How good a model is: data sets, predictions and the figures of M2FP's authors. */
export * from './files/dataset.ts';
export * from './files/predictions.ts';
export * from './metrics/evaluator.ts';
export { type Figure, type Figures } from './metrics/figures.ts';

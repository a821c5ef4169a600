/** The figures, under the names that the authors' evaluator gives them. */
import { meanOfNumbers } from './mean.ts';

/** IoU that a part, or a person by its parts, must exceed. */
export const partThresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;
/** IoU that a person's outline must exceed. */
export const personThresholds = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95] as const;

/** null: undefined, as for a class that was found and is nowhere, or not measured. */
export type Figure = number | null;
/** By threshold, as `0.50`. */
export type ByThreshold = Readonly<Record<string, Figure>>;

/** What could not be measured, as the data set or the predictions lack it, is null. */
export interface Figures {
  /** By class id, from 0. */
  readonly IoU: readonly Figure[] | null;
  readonly mIoU: Figure;
  readonly MeanACC: Figure;
  readonly PixelACC: Figure;
  readonly F1Score: readonly Figure[] | null;
  readonly MeanF1Score: Figure;
  readonly APp: ByThreshold | null;
  readonly PCP: ByThreshold | null;
  readonly APr: ByThreshold | null;
  /** By class id, from 1: the mean over the thresholds. */
  readonly APr_cat: readonly Figure[] | null;
  readonly APh: ByThreshold | null;
  readonly mAPp: Figure;
  readonly mAPr: Figure;
  readonly mAPh: Figure;
}

/** JSON has no NaN. */
export function figure(value: number | undefined): Figure {
  return value === undefined || Number.isNaN(value) ? null : value;
}

export function byThreshold(thresholds: readonly number[], values: readonly number[]): ByThreshold {
  return Object.fromEntries(thresholds.map((threshold, i) => [threshold.toFixed(2), figure(values[i])]));
}

/** Of values by class and threshold: the mean over classes for each threshold, and over thresholds for each class. */
export function meansOf(values: readonly (readonly number[])[], thresholds: readonly number[]) {
  return {
    ofThresholds: thresholds.map((_, k) => meanOfNumbers(values.map((row) => row[k] ?? Number.NaN))),
    ofClasses: values.map(meanOfNumbers),
  };
}

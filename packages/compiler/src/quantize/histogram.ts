/** Distributions of activations, and the range that stores one of them with the least error. */
// `!` below: loops over values and bins, within the arrays' own lengths.
import { type Quantization, quantizationFor, type ValueRange } from './parameters.ts';

/** Counts of values in equal bins over a known range. */
export interface Histogram {
  readonly range: ValueRange;
  readonly counts: Float64Array;
}

/** 16 bins for each value that u8 can store. */
const bins = 4096;

export function createHistogram(range: ValueRange): Histogram {
  return { range, counts: new Float64Array(bins) };
}

export function addToHistogram({ range: { low, high }, counts }: Histogram, values: Float32Array): void {
  const perUnit = high > low ? bins / (high - low) : 0;
  for (let i = 0; i < values.length; i++) {
    const bin = ((values[i]! - low) * perUnit) | 0;
    counts[bin < bins ? bin : bins - 1]!++;
  }
}

/** Share of the values that may lie above the percentile's range, and the same below. */
const tail = 1e-4;

/** The range from the 0.01th to the 99.99th percentile, to a bin. */
export function percentileRange({ range: { low, high }, counts }: Histogram): ValueRange {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = (high - low) / bins;
  let [first, last] = [0, bins - 1];
  for (let below = counts[0]!; below <= total * tail && first < bins - 1; below += counts[first]!) first++;
  for (let above = counts[bins - 1]!; above <= total * tail && last > 0; above += counts[last]!) last--;
  return { low: low + first * width, high: low + (last + 1) * width };
}

export interface ChosenRange {
  readonly method: 'min-max' | 'percentile';
  readonly quantization: Quantization;
}

/** Of the whole range and that of the percentiles, the one that stores the values with the smaller squared error. */
export function chooseRange(histogram: Histogram): ChosenRange {
  const whole = quantizationFor(histogram.range);
  const inner = quantizationFor(percentileRange(histogram));
  return squaredError(histogram, inner) < squaredError(histogram, whole)
    ? { method: 'percentile', quantization: inner }
    : { method: 'min-max', quantization: whole };
}

/** Of storing the values, each taken for the middle of its bin. */
function squaredError({ range: { low, high }, counts }: Histogram, { scale, zeroPoint }: Quantization): number {
  const width = (high - low) / bins;
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) {
    const value = low + (bin + 0.5) * width;
    const stored = Math.min(Math.max(Math.round(value / scale) + zeroPoint, 0), 255);
    sum += counts[bin]! * (value - scale * (stored - zeroPoint)) ** 2;
  }
  return sum;
}

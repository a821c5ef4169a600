/**
 * Rounding a layer's weights so that its result changes least, not each weight: GPTQ (https://arxiv.org/abs/2210.17323).
 * Input by input, what rounding adds is made up for by the weights that are still to be rounded, as far as the inputs
 * are alike over the calibration photos.
 */
// `!` below: loops over matrices, within their own lengths.
import { nearest, weightLimit } from './int8-segmenter.ts';

/** Of what a layer reads for one value of its result, over many places: K values. */
export interface InputStatistics {
  readonly size: number;
  /** Of each value. */
  readonly means: Float64Array;
  /** [K, K], around the means. */
  readonly covariance: Float64Array;
}

export interface RoundedChannel {
  readonly scale: number;
  /** How far each stored weight is from the nearest one. */
  readonly steps: number[];
  /** What rounding adds to the result on average. */
  readonly shift: number;
}

/** Added to the variances, as a share of their mean: inputs that never vary, or always together, have no inverse. */
const damping = 0.01;
/** Ranges that are tried, as shares of the channel's largest weight: a smaller one has finer steps. */
const shares = [1, 0.9, 0.8, 0.7];

/** Rounds the weights of one output channel after the other. */
export function createRounder(inputs: InputStatistics): (weights: Float32Array) => RoundedChannel {
  const { size, covariance, means } = inputs;
  const factor = inverseFactor(damped(covariance, size), size);
  return (weights) => {
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const tried = shares.map((share) => {
      const scale = Math.fround((largest * share) / weightLimit || 1);
      const stored = round(weights, scale, factor);
      const errors = stored.map((value, k) => value * scale - weights[k]!);
      return { scale, stored, errors, variance: varianceOf(errors, covariance) };
    });
    const best = tried.reduce((least, other) => (other.variance < least.variance ? other : least));
    return {
      scale: best.scale,
      steps: Array.from(best.stored, (value, k) => value - nearest(weights[k]!, best.scale)),
      shift: best.errors.reduce((sum, error, k) => sum + error * means[k]!, 0),
    };
  };
}

function round(weights: Float32Array, scale: number, factor: Float64Array): Float64Array {
  const size = weights.length;
  const left = Float64Array.from(weights);
  const stored = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    stored[k] = nearest(left[k]!, scale);
    const error = (left[k]! - stored[k]! * scale) / factor[k * size + k]!;
    for (let j = k + 1; j < size; j++) left[j]! -= error * factor[k * size + j]!;
  }
  return stored;
}

/** Of the result, by the errors of its weights. */
function varianceOf(errors: Float64Array, covariance: Float64Array): number {
  const size = errors.length;
  let sum = 0;
  for (let a = 0; a < size; a++) {
    let row = 0;
    for (let b = 0; b < size; b++) row += errors[b]! * covariance[a * size + b]!;
    sum += errors[a]! * row;
  }
  return sum;
}

function damped(covariance: Float64Array, size: number): Float64Array {
  let trace = 0;
  for (let k = 0; k < size; k++) trace += covariance[k * size + k]!;
  return covariance.map((value, i) => (i % (size + 1) === 0 ? value + (damping * trace) / size : value));
}

/** The upper triangular U with UᵀU the inverse of the symmetric matrix. */
function inverseFactor(matrix: Float64Array, size: number): Float64Array {
  const inverse = timesTransposed(invertLower(cholesky(matrix, size), size), size);
  const lower = cholesky(inverse, size);
  const upper = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) upper[j * size + i] = lower[i * size + j]!;
  return upper;
}

/** The lower triangular L with LLᵀ the matrix. */
function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let value = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) value -= lower[i * size + k]! * lower[j * size + k]!;
      lower[i * size + j] = i === j ? Math.sqrt(value) : value / lower[j * size + j]!;
    }
  }
  return lower;
}

function invertLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) {
      const factor = -lower[i * size + k]! / lower[i * size + i]!;
      for (let j = 0; j <= k; j++) inverse[i * size + j]! += factor * inverse[k * size + j]!;
    }
    inverse[i * size + i] = 1 / lower[i * size + i]!;
  }
  return inverse;
}

/** XᵀX of a lower triangular X. */
function timesTransposed(lower: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i <= k; i++) {
      const factor = lower[k * size + i]!;
      for (let j = 0; j <= k; j++) product[i * size + j]! += factor * lower[k * size + j]!;
    }
  }
  return product;
}

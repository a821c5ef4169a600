/**
 * What an M2FP network gives for one photo.
 *
 * `!` only in the softmax loop, within the arrays' own sizes.
 */
import { AppError } from '@m2fp/contract';
import type { FloatTensor } from '../../model/session.ts';
import type { Size } from '../resize/resize-steps.ts';

/** Q queries, C classes. */
export interface NetworkOutput {
  readonly queries: number;
  /** Without the last column of the logits, which means 'no object'. */
  readonly classes: number;
  /** Q x (C + 1) */
  readonly logits: Float32Array;
  /** Q x height x width, a quarter of the padded input per side. */
  readonly masks: Float32Array;
  readonly maskSize: Size;
}

/** Throws `model_unavailable` unless there are `pred_logits` [Q, C + 1] and `pred_masks` [Q, h, w]. */
export function createNetworkOutput(outputs: Readonly<Record<string, FloatTensor>>): NetworkOutput {
  const { pred_logits: logits, pred_masks: masks } = outputs;
  const [queries = 0, columns = 0] = logits?.shape ?? [];
  const [maskCount = 0, height = 0, width = 0] = masks?.shape ?? [];
  if (logits?.shape.length !== 2 || masks?.shape.length !== 3 || queries !== maskCount || columns < 2) {
    const found = Object.entries(outputs).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    throw new AppError('model_unavailable', `This is not an M2FP network: its outputs are ${found.join(' and ')}.`);
  }
  return { queries, classes: columns - 1, logits: logits.data, masks: masks.data, maskSize: { width, height } };
}

/** The mask logits of one query: a view, not a copy. */
export function maskLogits(output: NetworkOutput, query: number): Float32Array {
  const size = output.maskSize.width * output.maskSize.height;
  return output.masks.subarray(query * size, (query + 1) * size);
}

/** Q x C: the softmax of each query's C + 1 logits, without its last column. */
export function classProbabilities({ queries, classes, logits }: NetworkOutput): Float64Array {
  const probabilities = new Float64Array(queries * classes);
  for (let query = 0; query < queries; query++) {
    const row = logits.subarray(query * (classes + 1), (query + 1) * (classes + 1));
    const highest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - highest), 0);
    for (let c = 0; c < classes; c++) probabilities[query * classes + c] = Math.exp(row[c]! - highest) / sum;
  }
  return probabilities;
}

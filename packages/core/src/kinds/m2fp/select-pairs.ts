/** One query read as one class. */
export interface Pair {
  readonly query: number;
  readonly classId: number;
  /** 0..1 */
  readonly probability: number;
}

/**
 * The `limit` likeliest of the Q x C (query, class) pairs, likeliest first; equal ones in the order of the array.
 * `probabilities` is Q x C.
 */
export function selectPairs(probabilities: Float64Array, classes: number, limit: number): Pair[] {
  const pairs = Array.from(probabilities, (probability, i) => ({
    query: Math.floor(i / classes),
    classId: i % classes,
    probability,
  }));
  return pairs.sort((a, b) => b.probability - a.probability).slice(0, limit);
}

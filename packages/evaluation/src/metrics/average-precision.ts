/** What became of a detection. One that is left out counts neither way. */
export type Outcome = 'right' | 'wrong' | 'left out';

/**
 * Average precision: the area under the envelope of precision over recall, at all points. `outcomes` are those of the
 * detections of all photos, the surest first; `truths` is how many there are to be found.
 *
 * With nothing to be found it is NaN if something was detected, else 0, as the authors' evaluator has it.
 */
export function averagePrecision(outcomes: readonly Outcome[], truths: number): number {
  const recall = [0];
  const precision = [0];
  let right = 0;
  let wrong = 0;
  for (const outcome of outcomes) {
    if (outcome === 'right') right += 1;
    if (outcome === 'wrong') wrong += 1;
    recall.push(right / truths);
    precision.push(right / Math.max(right + wrong, Number.EPSILON));
  }
  recall.push(1);
  precision.push(0);
  let area = 0;
  let best = 0;
  // From the right, so that `best` is the envelope: the highest precision at this recall or a higher one.
  for (let i = recall.length - 1; i > 0; i--) {
    best = Math.max(best, precision[i] ?? 0);
    const step = (recall[i] ?? 0) - (recall[i - 1] ?? 0);
    if (step !== 0) area += step * best;
  }
  return area;
}

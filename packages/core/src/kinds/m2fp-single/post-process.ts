import type { NetworkOutput } from '../../parsing/network/network-output.ts';
import type { ResizeSteps } from '../../parsing/resize/resize-steps.ts';
import type { ParsedMask, Parsing } from '../../parsing/types.ts';
import { resizeThenSum, sumThenResize } from './class-rows.ts';
import { labelPixels } from './label-pixels.ts';

export interface PersonSettings {
  /** `sem_seg_postprocess_before_inference`: masks are resized to the photo one by one before they are summed. */
  readonly resizeBeforeSum: boolean;
  /** Masks whose score is not above this are dropped. */
  readonly scoreThreshold: number;
}

const backgroundClassId = 0;

/**
 * One person: the network's outputs to one mask a class that occurs, in ascending class id, background included, as
 * M2FP's reference defines them. A mask's score is the sum of sigmoid(S) over it by its pixels + 1.
 *
 * Parts belong to person 1, the background to nobody. A photo that is background all over has no person.
 */
export function postProcessPerson(
  output: NetworkOutput,
  steps: ResizeSteps,
  settings: PersonSettings,
): Pick<Parsing, 'masks' | 'people'> {
  const rows = (settings.resizeBeforeSum ? resizeThenSum : sumThenResize)(output, steps);
  const masks = labelPixels(rows, steps.photo)
    .map(({ classId, mask, sigmoidSum }): ParsedMask => ({
      classId,
      score: sigmoidSum / (mask.area + 1),
      mask,
      personId: classId === backgroundClassId ? 0 : 1,
    }))
    .filter(({ score }) => score > settings.scoreThreshold);
  return { masks, people: masks.some(({ personId }) => personId === 1) ? 1 : 0 };
}

// `!` only on indices into the square of 256 x 256 counts, from bytes.
import { countPairs, type IdMap, idsOfPair, ignoredClass } from '../id-map.ts';
import { assertClass } from './class-count.ts';
import { meanOfNumbers } from './mean.ts';

const side = 256;
/** Keeps the authors' quotients from being 0 / 0: a class that is nowhere has an IoU of 0, and counts in the mean. */
const tiny = 1e-10;

export interface SemanticFigures {
  readonly IoU: readonly number[];
  readonly mIoU: number;
  /** Mean over the classes of the share of their pixels that were found. */
  readonly MeanACC: number;
  readonly PixelACC: number;
  readonly F1Score: readonly number[];
  readonly MeanF1Score: number;
}

/** One confusion matrix over the pixels of all photos, without those whose true class is not among the classes. */
export class SemanticMeter {
  readonly #counts = new Float64Array(side * side);
  readonly #classes: number | undefined;
  #highest = -1;

  /** `undefined`: every class but 255 is counted. */
  constructor(classes: number | undefined) {
    this.#classes = classes;
  }

  /** Maps of one size. Throws `invalid_request` for a predicted class that there is not. */
  add(found: IdMap, truth: IdMap, what: string): void {
    for (const [key, count] of countPairs(truth, found)) {
      const [trueClass, foundClass] = idsOfPair(key);
      if (trueClass >= (this.#classes ?? ignoredClass)) continue;
      assertClass(foundClass, this.#classes, what);
      this.#counts[trueClass * side + foundClass]! += count;
      this.#highest = Math.max(this.#highest, trueClass, foundClass);
    }
  }

  /** The highest class that was counted; -1 if none was. */
  get highestClass(): number {
    return this.#highest;
  }

  result(classes: number): SemanticFigures {
    const ids = Array.from({ length: classes }, (_, id) => id);
    const at = (trueClass: number, foundClass: number): number => this.#counts[trueClass * side + foundClass]!;
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const right = ids.map((id) => at(id, id));
    const ofTruth = ids.map((id) => sum(ids.map((other) => at(id, other))));
    const found = ids.map((id) => sum(ids.map((other) => at(other, id))));
    const iou = right.map((both, id) => both / (ofTruth[id]! + found[id]! - both + tiny));
    const accuracy = right.map((both, id) => both / (ofTruth[id]! + tiny));
    const f1 = right.map((both, id) => {
      const precision = both / (found[id]! + tiny);
      return (2 * precision * accuracy[id]!) / (precision + accuracy[id]! + tiny);
    });
    return {
      IoU: iou,
      mIoU: meanOfNumbers(iou),
      MeanACC: meanOfNumbers(accuracy),
      PixelACC: sum(right) / sum(ofTruth),
      F1Score: f1,
      MeanF1Score: meanOfNumbers(f1),
    };
  }
}

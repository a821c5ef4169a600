import { countPairs, type IdMap, idsOfPair, pairKey } from '../id-map.ts';
import { averagePrecision } from './average-precision.ts';
import { numpyOrder } from './sort-order.ts';

/** How much the instances of two maps of one size overlap, any of one with any of the other. */
export class Overlaps {
  readonly #both: Map<number, number>;
  readonly #foundAreas = new Map<number, number>();
  readonly #trueAreas = new Map<number, number>();

  constructor(found: IdMap, truth: IdMap) {
    this.#both = countPairs(found, truth);
    for (const [key, count] of this.#both) {
      const [foundId, trueId] = idsOfPair(key);
      this.#foundAreas.set(foundId, (this.#foundAreas.get(foundId) ?? 0) + count);
      this.#trueAreas.set(trueId, (this.#trueAreas.get(trueId) ?? 0) + count);
    }
  }

  /** The highest IoU of a detection with any of these true instances; 0 if there are none. */
  bestIou(foundId: number, trueIds: Iterable<number>): number {
    const area = this.#foundAreas.get(foundId) ?? 0;
    let best = 0;
    for (const trueId of trueIds) {
      const both = this.#both.get(pairKey(foundId, trueId)) ?? 0;
      const iou = both / (area + (this.#trueAreas.get(trueId) ?? 0) - both);
      if (iou > best) best = iou;
    }
    return best;
  }
}

/**
 * Average precision of instances of one class, over all photos. A detection is right if its best IoU with a true
 * instance of its photo is above the threshold. Several may hit the same one: so do the authors count.
 *
 * Keeps two numbers a detection.
 */
export class InstanceMeter {
  readonly #scores: number[] = [];
  readonly #ious: number[] = [];
  #truths = 0;

  addTruths(count: number): void {
    this.#truths += count;
  }

  addDetection(score: number, bestIou: number): void {
    this.#scores.push(score);
    this.#ious.push(bestIou);
  }

  /** One value a threshold. */
  result(thresholds: readonly number[]): number[] {
    const order = numpyOrder(this.#scores).reverse();
    return thresholds.map((threshold) => {
      const outcomes = order.map((i) => ((this.#ious[i] ?? 0) > threshold ? 'right' : 'wrong'));
      return averagePrecision(outcomes, this.#truths);
    });
  }
}

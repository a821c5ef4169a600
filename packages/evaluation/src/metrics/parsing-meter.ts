import { averagePrecision, type Outcome } from './average-precision.ts';
import { meanOfNumbers } from './mean.ts';
import { PersonCounts } from './person-counts.ts';
import type { FoundPeople, PeopleMaps } from './photo.ts';
import { numpyOrder } from './sort-order.ts';

/** Found people whose score is below this are left out. */
const lowestScore = 0.001;

/** The true person that is most like a found one. */
interface Match {
  /** Place among the photo's people. */
  readonly person: number;
  /** By class, background included. */
  readonly ious: readonly (readonly [id: number, iou: number])[];
  /** Parts that the true person has. */
  readonly parts: number;
}

interface Found {
  readonly score: number;
  readonly photo: number;
  /** undefined if the photo has no people, or no pixels that count. */
  readonly match: Match | undefined;
}

export interface ParsingFigures {
  /** One value a threshold. */
  readonly APp: readonly number[];
  readonly PCP: readonly number[];
}

/**
 * People measured by their parts. APp: a found person is right if its mean IoU with the most similar true person is
 * above the threshold, and nobody surer has matched that one. PCP: the share of a matched person's parts whose IoU is
 * above the threshold, averaged over all true people; who was not matched has 0.
 *
 * Keeps a few numbers a found person.
 */
export class ParsingMeter {
  readonly #classes: number | undefined;
  readonly #found: Found[] = [];
  #people = 0;
  #photos = 0;

  /** `undefined`: every class but 255 is counted. */
  constructor(classes: number | undefined) {
    this.#classes = classes;
  }

  /** `found` is undefined if nothing is known of the photo. Throws `invalid_request` for a class that there is not. */
  add(found: FoundPeople | undefined, truth: PeopleMaps, what: string): void {
    const counts = new PersonCounts(truth, found, this.#classes, what);
    this.#people += counts.trueIds.length;
    for (const { id, score } of found?.found ?? []) {
      this.#found.push({ score, photo: this.#photos, match: bestMatch(counts, id) });
    }
    this.#photos += 1;
  }

  /** `classes` is how many there are: the mean is rounded as that of a row of so many. */
  result(thresholds: readonly number[], classes: number): ParsingFigures {
    const order = numpyOrder(this.#found.map(({ score }) => -score));
    const sorted = order.flatMap((i) => this.#found[i] ?? []);
    const means = sorted.map(({ match }) => (match === undefined ? -Infinity : meanIou(match.ious, classes)));
    const figures = thresholds.map((threshold) => this.#resultAt(threshold, sorted, means));
    return { APp: figures.map(({ precision }) => precision), PCP: figures.map(({ parts }) => parts) };
  }

  #resultAt(threshold: number, sorted: readonly Found[], means: readonly number[]) {
    const taken = new Set<string>();
    let partShares = 0;
    const outcomes = sorted.map(({ score, photo, match }, i): Outcome => {
      if (score < lowestScore) return 'left out';
      if (match === undefined || !((means[i] ?? 0) > threshold)) return 'wrong';
      const person = `${photo}/${match.person}`;
      if (taken.has(person)) return 'wrong';
      taken.add(person);
      const right = match.ious.filter(([id, iou]) => id > 0 && iou > threshold).length;
      if (match.parts > 0) partShares += right / match.parts;
      return 'right';
    });
    return { precision: averagePrecision(outcomes, this.#people), parts: partShares / this.#people };
  }
}

/** The first of those whose mean IoU is highest. */
function bestMatch(counts: PersonCounts, foundId: number): Match | undefined {
  let best: { readonly mean: number; readonly match: Match } | undefined;
  for (const [person, trueId] of counts.trueIds.entries()) {
    const ious = [...counts.ious(trueId, foundId)];
    const mean = meanOfNumbers(ious.map(([, iou]) => iou));
    if (Number.isNaN(mean) || mean <= (best?.mean ?? -Infinity)) continue;
    best = { mean, match: { person, ious, parts: counts.partsOf(trueId).length } };
  }
  return best?.match;
}

function meanIou(ious: Match['ious'], classes: number): number {
  const row = new Array<number>(classes).fill(Number.NaN);
  for (const [id, iou] of ious) row[id] = iou;
  return meanOfNumbers(row);
}

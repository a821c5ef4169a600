/**
 * What the true and the found people of one photo share, class by class, counted in one pass over the pixels.
 *
 * `!` only in the loop over pixels: all maps have as many.
 */
import { ignoredClass } from '../id-map.ts';
import { assertClass } from './class-count.ts';
import type { PeopleMaps } from './photo.ts';

/** Pixels by class. */
type ClassCounts = Map<number, number>;

const idBase = 65_536;
const classBase = 256;

export class PersonCounts {
  /** Ascending. */
  readonly trueIds: readonly number[];
  readonly #pixels: number;
  readonly #truth = new Map<number, ClassCounts>();
  readonly #found = new Map<number, ClassCounts>();
  /** Pixels by pair of classes, for each pair of a true and a found person that share any. */
  readonly #shared = new Map<number, ClassCounts>();
  readonly #limit: number;

  /** Maps of one size; `what` names the prediction. Throws `invalid_request` for a class that there is not. */
  constructor(truth: PeopleMaps, found: PeopleMaps | undefined, classes: number | undefined, what: string) {
    this.#limit = classes ?? ignoredClass;
    this.#pixels = truth.people.ids.length;
    for (const [key, count] of countTogether(truth, found)) {
      const foundClass = key % classBase;
      const trueClass = Math.floor(key / classBase) % classBase;
      const foundId = Math.floor(key / classBase ** 2) % idBase;
      const trueId = Math.floor(key / classBase ** 2 / idBase);
      assertClass(foundClass, classes, what);
      add(this.#found, foundId, foundClass, count);
      if (trueId === 0) continue;
      add(this.#truth, trueId, trueClass, count);
      add(this.#shared, trueId * idBase + foundId, trueClass * classBase + foundClass, count);
    }
    this.trueIds = [...this.#truth.keys()].sort((a, b) => a - b);
  }

  /** The classes that a true person has, without background and pixels that are not counted. */
  partsOf(trueId: number): number[] {
    return [...(this.#truth.get(trueId)?.keys() ?? [])].filter((id) => this.#isPart(id));
  }

  /**
   * The IoU of each class that either person has, by class. Both are taken as label maps of the whole photo that are 0
   * outside of the person. Pixels whose true class is not counted are left out.
   */
  ious(trueId: number, foundId: number): ReadonlyMap<number, number> {
    const truth = new Map(this.#truth.get(trueId));
    const found = new Map(this.#found.get(foundId));
    const right: ClassCounts = new Map();
    let partsInBoth = 0;
    for (const [classes, count] of this.#shared.get(trueId * idBase + foundId) ?? []) {
      const [trueClass, foundClass] = [Math.floor(classes / classBase), classes % classBase];
      if (trueClass >= this.#limit) found.set(foundClass, (found.get(foundClass) ?? 0) - count);
      else if (trueClass > 0 && foundClass > 0) partsInBoth += count;
      if (trueClass === foundClass) right.set(trueClass, count);
    }
    let counted = this.#pixels;
    for (const [id, count] of truth) if (id >= this.#limit) counted -= count;
    const background = counted - this.#partPixels(truth) - this.#partPixels(found) + partsInBoth;
    const ious = new Map([[0, background / (counted - partsInBoth)]]);
    for (const id of [...truth.keys(), ...found.keys()]) {
      if (!this.#isPart(id)) continue;
      const both = right.get(id) ?? 0;
      // 0 / 0 is NaN: all that was found of the class lies on pixels that are not counted.
      ious.set(id, both / ((truth.get(id) ?? 0) + (found.get(id) ?? 0) - both));
    }
    return ious;
  }

  #isPart(id: number): boolean {
    return id > 0 && id < this.#limit;
  }

  #partPixels(counts: ClassCounts): number {
    let pixels = 0;
    for (const [id, count] of counts) if (this.#isPart(id)) pixels += count;
    return pixels;
  }
}

/** Pixels by true person, found person, true class and found class: digits of the key. By runs, as maps are flat. */
function countTogether(truth: PeopleMaps, found: PeopleMaps | undefined): ReadonlyMap<number, number> {
  const trueIds = truth.people.ids;
  const trueClasses = truth.categories.ids;
  const foundIds = found?.people.ids ?? new Uint8Array(trueIds.length);
  const foundClasses = found?.categories.ids ?? new Uint8Array(trueIds.length);
  const counts = new Map<number, number>();
  for (let i = 0; i < trueIds.length;) {
    const start = i;
    const [trueId, foundId, trueClass, foundClass] = [trueIds[i]!, foundIds[i]!, trueClasses[i]!, foundClasses[i]!];
    do i++;
    while (
      i < trueIds.length &&
      trueIds[i] === trueId &&
      foundIds[i] === foundId &&
      trueClasses[i] === trueClass &&
      foundClasses[i] === foundClass
    );
    const key = ((trueId * idBase + foundId) * classBase + trueClass) * classBase + foundClass;
    counts.set(key, (counts.get(key) ?? 0) + i - start);
  }
  return counts;
}

function add(table: Map<number, ClassCounts>, row: number, column: number, count: number): void {
  const counts = table.get(row) ?? new Map<number, number>();
  table.set(row, counts);
  counts.set(column, (counts.get(column) ?? 0) + count);
}

/**
 * Which person each part belongs to.
 *
 * `!` only in loops over the runs of span masks, within the bounds that these give.
 */
import type { SpanMask } from '../../render/span-mask.ts';

/**
 * The person that each part belongs to, as M2FP's evaluator assigns them: painting the people's masks in order of
 * ascending score gives each pixel its person, and a part belongs to the person who has most of its pixels.
 *
 * `people` are sorted by descending score; the first is person 1. Returns one id per part: 0 if no person has a pixel
 * of it; the surer person if two have equally many. Needs only one row of the photo at a time.
 */
export function assignPeople(parts: readonly SpanMask[], people: readonly SpanMask[]): number[] {
  const shared = parts.map(() => new Float64Array(people.length + 1));
  const row = new OwnerRow(people);
  const top = Math.min(...people.map((mask) => mask.bbox[1]));
  const bottom = Math.max(...people.map((mask) => mask.bbox[1] + mask.bbox[3]));
  for (let y = top; y < bottom; y++) {
    row.paint(y);
    parts.forEach((part, i) => row.count(part, y, shared[i]!));
  }
  return shared.map((pixels) => pixels.indexOf(Math.max(...pixels)));
}

/** One row of the photo as runs of pixels with one owner. */
class OwnerRow {
  readonly #people: readonly SpanMask[];
  /** Triples (start, end, owner), ascending. */
  #runs: number[] = [];

  constructor(people: readonly SpanMask[]) {
    this.#people = people;
  }

  /** The surest person first: the next ones get what is left. */
  paint(y: number): void {
    this.#runs = [];
    this.#people.forEach((mask, i) => {
      const [from, to] = runRange(mask, y);
      if (from < to) this.#runs = paintBelow(this.#runs, mask, from, to, i + 1);
    });
  }

  /** Adds the pixels of row `y` that a part shares with each owner to `shared[owner]`. */
  count(part: SpanMask, y: number, shared: Float64Array): void {
    const runs = this.#runs;
    const [from, to] = runRange(part, y);
    let at = 0;
    for (let run = from; run < to; run++) {
      const start = part.runs[2 * run]!;
      const end = part.runs[2 * run + 1]!;
      while (at < runs.length && runs[at + 1]! <= start) at += 3;
      for (let i = at; i < runs.length && runs[i]! < end; i += 3) {
        shared[runs[i + 2]!]! += Math.min(end, runs[i + 1]!) - Math.max(start, runs[i]!);
      }
    }
  }
}

/** The runs `from .. to - 1` of a mask, where no one is yet, among those that are there. */
function paintBelow(above: readonly number[], mask: SpanMask, from: number, to: number, owner: number): number[] {
  const painted: number[] = [];
  let at = 0;
  let taken = 0;
  for (let run = from; run < to; run++) {
    let start = Math.max(taken, mask.runs[2 * run]!);
    const end = mask.runs[2 * run + 1]!;
    for (; at < above.length && above[at]! < end; at += 3) {
      if (above[at]! > start) painted.push(start, above[at]!, owner);
      taken = above[at + 1]!;
      painted.push(above[at]!, taken, above[at + 2]!);
      start = Math.max(start, taken);
    }
    if (start < end) painted.push(start, end, owner);
  }
  for (; at < above.length; at++) painted.push(above[at]!);
  return painted;
}

/** The runs of a mask in row `y`, as indices `from .. to - 1`. */
function runRange(mask: SpanMask, y: number): [number, number] {
  const i = y - mask.bbox[1];
  return i < 0 || i >= mask.bbox[3] ? [0, 0] : [mask.rowStart[i]!, mask.rowStart[i + 1]!];
}

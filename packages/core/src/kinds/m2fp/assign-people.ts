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
  /** One byte is enough: there are at most as many people as pairs considered, 100. */
  readonly #owners: Uint8Array;
  /** Triples (start, end, owner). */
  #runs: number[] = [];

  constructor(people: readonly SpanMask[]) {
    this.#people = people;
    this.#owners = new Uint8Array(people[0]?.width ?? 0);
  }

  paint(y: number): void {
    this.#owners.fill(0);
    for (let i = this.#people.length - 1; i >= 0; i--) {
      const mask = this.#people[i]!;
      const [from, to] = runRange(mask, y);
      for (let run = from; run < to; run++) this.#owners.fill(i + 1, mask.runs[2 * run], mask.runs[2 * run + 1]);
    }
    this.#collectRuns();
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

  #collectRuns(): void {
    const owners = this.#owners;
    this.#runs = [];
    let start = 0;
    for (let x = 1; x <= owners.length; x++) {
      if (owners[x] === owners[start]) continue;
      if (owners[start] !== 0) this.#runs.push(start, x, owners[start]!);
      start = x;
    }
  }
}

/** The runs of a mask in row `y`, as indices `from .. to - 1`. */
function runRange(mask: SpanMask, y: number): [number, number] {
  const i = y - mask.bbox[1];
  return i < 0 || i >= mask.bbox[3] ? [0, 0] : [mask.rowStart[i]!, mask.rowStart[i + 1]!];
}

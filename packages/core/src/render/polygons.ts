/**
 * Masks as polygons that are exact: along the edges of pixels, so that filling them (even-odd, as pycocotools and
 * canvas do) gives back the mask, pixel by pixel.
 *
 * COCO's polygons cannot have holes. A mask is therefore taken apart into pieces: runs that lie on each other are
 * joined row by row, and where a row would close a ring around a hole, the piece above ends with a cut along that row's
 * upper edge. The runs of a piece so form a tree, and a tree has one outline. All of it takes time linear in the runs,
 * however noisy the mask is.
 *
 * `!` only on indices below lengths just measured.
 */
import type { SpanMask } from './span-mask.ts';

/**
 * Where runs of one piece lie on each other, from top to bottom and left to right: contacts of one run with the row
 * below follow each other, and so do those with the row above.
 */
interface Contacts {
  readonly above: Int32Array;
  readonly below: Int32Array;
  /** By run: its last contact with the row below, and its first one with the row above; -1 if there is none. */
  readonly lastBelow: Int32Array;
  readonly firstAbove: Int32Array;
}

/**
 * The mask as polygons without holes, each a flat list x, y, x, y … of whole px, clockwise from its upper left corner.
 * They do not overlap, and together cover the mask exactly; one for each connected part that has no hole. A polygon may
 * touch itself in a corner, never along an edge.
 */
export function polygonsOf(mask: SpanMask): number[][] {
  const runs = mask.runs.length / 2;
  const rows = rowsOf(mask);
  const contacts = findContacts(mask);
  const isTraced = new Uint8Array(runs);
  const polygons: number[][] = [];
  for (let run = 0; run < runs; run++) {
    if (isTraced[run] === 0) polygons.push(trace(run, mask, rows, contacts, isTraced));
  }
  return polygons;
}

/** By run: y, px. */
function rowsOf({ bbox, runs, rowStart }: SpanMask): Int32Array {
  const rows = new Int32Array(runs.length / 2);
  for (let row = 0; row < bbox[3]; row++) rows.fill(bbox[1] + row, rowStart[row], rowStart[row + 1]);
  return rows;
}

function findContacts(mask: SpanMask): Contacts {
  const runs = mask.runs.length / 2;
  const contacts = {
    above: new Int32Array(2 * runs),
    below: new Int32Array(2 * runs),
    lastBelow: new Int32Array(runs).fill(-1),
    firstAbove: new Int32Array(runs).fill(-1),
  };
  const pieces = new Sets(runs);
  const joined = new Sets(runs);
  // By run: of the contacts of this row, and whether its piece, which it stands for, ends here.
  const isCut = new Uint8Array(runs);
  let count = 0;
  for (let row = 1; row < mask.bbox[3]; row++) {
    const found = touchingRuns(mask, row, contacts, count);
    const piecesAbove = contacts.above.slice(count, found).map((run) => pieces.find(run));
    for (const piece of piecesAbove) joined.reset(piece);
    piecesAbove.forEach((piece, i) => {
      if (!joined.join(piece, contacts.below[count + i]!)) isCut[piece] = 1;
    });
    let kept = count;
    piecesAbove.forEach((piece, i) => {
      if (isCut[piece] === 1) return;
      const [above, below] = [contacts.above[count + i]!, contacts.below[count + i]!];
      pieces.join(piece, below);
      if (contacts.firstAbove[below] === -1) contacts.firstAbove[below] = kept;
      contacts.lastBelow[above] = kept;
      contacts.above[kept] = above;
      contacts.below[kept] = below;
      kept += 1;
    });
    // So that no one takes what was dropped for a contact.
    contacts.above.fill(-1, kept, found);
    contacts.below.fill(-1, kept, found);
    count = kept;
  }
  return contacts;
}

/** Writes down all pairs of runs of this row and the one above that lie on each other. Returns the end of the list. */
function touchingRuns(
  { runs, rowStart }: SpanMask,
  row: number,
  { above, below }: Pick<Contacts, 'above' | 'below'>,
  from: number,
): number {
  let end = from;
  let [a, b] = [rowStart[row - 1]!, rowStart[row]!];
  while (a < rowStart[row]! && b < rowStart[row + 1]!) {
    if (runs[2 * a]! < runs[2 * b + 1]! && runs[2 * b]! < runs[2 * a + 1]!) {
      above[end] = a;
      below[end] = b;
      end += 1;
    }
    if (runs[2 * a + 1]! < runs[2 * b + 1]!) a += 1;
    else b += 1;
  }
  return end;
}

/**
 * The outline of the piece whose first run this is. It goes down the right edges of runs and up the left ones, with the
 * piece at its right hand; between two of these it goes along a row's edge.
 */
function trace(
  first: number,
  { runs }: SpanMask,
  rows: Int32Array,
  contacts: Contacts,
  isTraced: Uint8Array,
): number[] {
  const polygon: number[] = [];
  let [run, isRight] = [first, false];
  do {
    isTraced[run] = 1;
    const x = runs[2 * run + Number(isRight)]!;
    const y = rows[run]! + Number(isRight);
    [run, isRight] = isRight ? afterRightEdge(run, contacts) : afterLeftEdge(run, contacts);
    const nextX = runs[2 * run + Number(isRight)]!;
    if (nextX !== x) polygon.push(x, y, nextX, y);
  } while (run !== first || isRight);
  return polygon;
}

type Edge = [run: number, isRight: boolean];

function afterRightEdge(run: number, { above, below, lastBelow }: Contacts): Edge {
  const contact = lastBelow[run]!;
  if (contact === -1) return [run, false];
  const under = below[contact]!;
  return below[contact + 1] === under ? [above[contact + 1]!, false] : [under, true];
}

function afterLeftEdge(run: number, { above, below, firstAbove }: Contacts): Edge {
  const contact = firstAbove[run]!;
  if (contact === -1) return [run, true];
  const over = above[contact]!;
  return contact > 0 && above[contact - 1] === over ? [below[contact - 1]!, true] : [over, false];
}

/** Disjoint sets of runs. */
class Sets {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  find(run: number): number {
    const parent = this.#parent;
    let at = run;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  }

  /** Puts the sets of both together; false if they are the same set already. */
  join(one: number, other: number): boolean {
    const [a, b] = [this.find(one), this.find(other)];
    this.#parent[Math.max(a, b)] = Math.min(a, b);
    return a !== b;
  }

  /** For a run that no other points to any more: a set of its own. */
  reset(run: number): void {
    this.#parent[run] = run;
  }
}

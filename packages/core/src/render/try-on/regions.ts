/**
 * The connected regions of some classes on a label map, in time and memory that grow with their runs along the rows.
 * Pixels are connected if they have the same class and person and meet at a side or a corner.
 *
 * `!` only on indices below lengths just measured.
 */

/** One byte per pixel, row by row: the label map, and whose each pixel is (0 = nobody). */
export interface Canvases {
  readonly width: number;
  readonly classes: Uint8Array;
  readonly people: Uint8Array;
}

/** A run of pixels of one row, as offsets into the canvas, `end` exclusive. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** The regions of the classes for which `isWanted`, indexed by class id, is not 0, each with its runs from the top. */
export function* regionsOf(canvases: Canvases, isWanted: Uint8Array): Generator<Run[]> {
  const runs = new RunList();
  let above = 0;
  for (let start = 0; start < canvases.classes.length; start += canvases.width) {
    const row = runs.length;
    addRuns(canvases, isWanted, start, runs);
    connect(canvases, runs, above, row);
    above = row;
  }
  yield* runs.grouped();
}

function addRuns({ width, classes, people }: Canvases, isWanted: Uint8Array, rowStart: number, runs: RunList): void {
  const rowEnd = rowStart + width;
  for (let i = rowStart; i < rowEnd;) {
    const start = i;
    const [classId, person] = [classes[i]!, people[i]!];
    while (i < rowEnd && classes[i] === classId && people[i] === person) i++;
    if (isWanted[classId] !== 0) runs.add(start, i);
  }
}

/** Joins the runs from `row` on with those of the row above, `above` .. `row`, that they meet. */
function connect({ width, classes, people }: Canvases, runs: RunList, above: number, row: number): void {
  let first = above;
  for (let run = row; run < runs.length; run++) {
    // Where the run would be one row up.
    const [start, end] = [runs.start(run) - width, runs.end(run) - width];
    while (first < row && runs.end(first) < start) first++;
    for (let other = first; other < row && runs.start(other) <= end; other++) {
      const [a, b] = [runs.start(run), runs.start(other)];
      if (classes[a] === classes[b] && people[a] === people[b]) runs.join(run, other);
    }
  }
}

/** Runs, and which of them belong together: a union-find whose roots are the earliest runs. */
class RunList {
  #length = 0;
  /** Start, end and parent of each run. */
  #fields = new Uint32Array(3 * 256);

  get length(): number {
    return this.#length;
  }

  start(run: number): number {
    return this.#fields[3 * run]!;
  }

  end(run: number): number {
    return this.#fields[3 * run + 1]!;
  }

  add(start: number, end: number): void {
    const at = 3 * this.#length;
    if (at === this.#fields.length) {
      const larger = new Uint32Array(2 * at);
      larger.set(this.#fields);
      this.#fields = larger;
    }
    this.#fields[at] = start;
    this.#fields[at + 1] = end;
    this.#fields[at + 2] = this.#length;
    this.#length += 1;
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.#root(a), this.#root(b)];
    this.#fields[3 * Math.max(rootA, rootB) + 2] = Math.min(rootA, rootB);
  }

  #root(run: number): number {
    let root = run;
    while (this.#fields[3 * root + 2] !== root) {
      const parent = this.#fields[3 * root + 2]!;
      // Halves the way for the next search.
      const grandparent = this.#fields[3 * parent + 2]!;
      this.#fields[3 * root + 2] = grandparent;
      root = grandparent;
    }
    return root;
  }

  /** One region after another: runs are sorted by their roots, counting. */
  *grouped(): Generator<Run[]> {
    const roots = Uint32Array.from({ length: this.#length }, (_, run) => this.#root(run));
    const from = new Uint32Array(this.#length + 1);
    for (const root of roots) from[root + 1]! += 1;
    for (let root = 0; root < this.#length; root++) from[root + 1]! += from[root]!;
    const next = from.slice();
    const order = new Uint32Array(this.#length);
    for (let run = 0; run < this.#length; run++) order[next[roots[run]!]!++] = run;
    for (let root = 0; root < this.#length; root++) {
      if (from[root] === from[root + 1]) continue;
      const runs = order.subarray(from[root], from[root + 1]);
      yield Array.from(runs, (run) => ({ start: this.start(run), end: this.end(run) }));
    }
  }
}

/**
 * Turns runs along lines (rows or columns) into runs across them, without a bitmap in between. A pixel differs from its
 * neighbor on the next line exactly where the runs of the two lines do not overlap. These places, sorted by their
 * position across, are the boundaries of the runs in the other direction. The work is proportional to the number of
 * boundaries, not to the area.
 *
 * `!` only on indices below lengths just measured.
 */

/** Lines `first`, `first + 1`, …; line i has the runs (start, end) `runs[2*lineStart[i] .. 2*lineStart[i+1]]`. */
interface RunLines {
  readonly first: number;
  readonly runs: Uint32Array;
  readonly lineStart: Uint32Array;
}

/** Position p across has its boundaries at `lines[start[p] .. start[p+1]]`, ascending: in, out, in, out … */
interface Boundaries {
  readonly start: Uint32Array;
  readonly lines: Uint32Array;
}

/** The boundaries across, for positions 0 .. `size` - 1. Runs start and end at one, so their number is even. */
export function boundariesAcross(source: RunLines, size: number): Boundaries {
  const start = countBoundaries(source, size);
  const lines = new Uint32Array(start[size]!);
  const cursor = start.slice();
  forEachDifference(source, (line, from, to) => {
    for (let position = from; position < to; position++) lines[cursor[position]!++] = line;
  });
  return { start, lines };
}

/** Where each position's boundaries will start: the prefix sum of their counts. */
function countBoundaries(source: RunLines, size: number): Uint32Array {
  const change = new Int32Array(size + 1);
  forEachDifference(source, (_line, from, to) => {
    change[from]! += 1;
    change[to]! -= 1;
  });
  const start = new Uint32Array(size + 1);
  let count = 0;
  for (let position = 0; position < size; position++) {
    count += change[position]!;
    start[position + 1] = start[position]! + count;
  }
  return start;
}

/** Calls `visit` for each stretch where line `line` differs from the line before it; lines ascend. */
function forEachDifference(
  { first, runs, lineStart }: RunLines,
  visit: (line: number, from: number, to: number) => void,
): void {
  const lineCount = lineStart.length - 1;
  for (let line = 0; line <= lineCount; line++) {
    // The line before the first and the line after the last are empty.
    let a = 2 * lineStart[Math.max(line - 1, 0)]!;
    const aEnd = 2 * lineStart[line]!;
    let b = aEnd;
    const bEnd = 2 * lineStart[Math.min(line + 1, lineCount)]!;
    let from = -1;
    while (a < aEnd || b < bEnd) {
      const nextA = a < aEnd ? runs[a]! : Infinity;
      const nextB = b < bEnd ? runs[b]! : Infinity;
      if (nextA <= nextB) a++;
      if (nextB <= nextA) b++;
      if (nextA === nextB) continue; // Both lines change here, so it stays the same whether they differ.
      const at = Math.min(nextA, nextB);
      if (from >= 0) visit(first + line, from, at);
      from = from >= 0 ? -1 : at;
    }
  }
}

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
  const { stretches, lineEnd } = findDifferences(source);
  const start = countBoundaries(stretches.subarray(0, lineEnd.at(-1)), size);
  const lines = new Uint32Array(start[size]!);
  const cursor = start.slice();
  let i = 0;
  for (let line = 0; line < lineEnd.length; line++) {
    for (const end = lineEnd[line]!; i < end; i += 2) {
      const to = stretches[i + 1]!;
      for (let position = stretches[i]!; position < to; position++) lines[cursor[position]!++] = source.first + line;
    }
  }
  return { start, lines };
}

/** Where each position's boundaries will start: the prefix sum of their counts. */
function countBoundaries(stretches: Uint32Array, size: number): Uint32Array {
  const change = new Int32Array(size + 1);
  for (let i = 0; i < stretches.length; i += 2) {
    change[stretches[i]!]! += 1;
    change[stretches[i + 1]!]! -= 1;
  }
  const start = new Uint32Array(size + 1);
  let count = 0;
  for (let position = 0; position < size; position++) {
    count += change[position]!;
    start[position + 1] = start[position]! + count;
  }
  return start;
}

/** Pairs (from, to) of where each line differs from the line before it; the next line's begin at `lineEnd[line]`. */
interface Differences {
  readonly stretches: Uint32Array;
  readonly lineEnd: Uint32Array;
}

/** The line before the first and the line after the last are empty. */
function findDifferences({ runs, lineStart }: RunLines): Differences {
  const lineCount = lineStart.length - 1;
  const lineEnd = new Uint32Array(lineCount + 1);
  // Each end of a run counts twice at most, as one of its own line and one of the line before the next.
  const stretches = new Uint32Array(2 * runs.length);
  let found = 0;
  for (let line = 0; line <= lineCount; line++) {
    let a = 2 * lineStart[Math.max(line - 1, 0)]!;
    const aEnd = 2 * lineStart[line]!;
    let b = aEnd;
    const bEnd = 2 * lineStart[Math.min(line + 1, lineCount)]!;
    while (a < aEnd && b < bEnd) {
      const nextA = runs[a]!;
      const nextB = runs[b]!;
      a += Number(nextA <= nextB);
      b += Number(nextB <= nextA);
      // Where both lines change, it stays the same whether they differ.
      stretches[found] = Math.min(nextA, nextB);
      found += Number(nextA !== nextB);
    }
    while (a < aEnd) stretches[found++] = runs[a++]!;
    while (b < bEnd) stretches[found++] = runs[b++]!;
    lineEnd[line] = found;
  }
  return { stretches, lineEnd };
}

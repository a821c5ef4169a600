/**
 * COCO's compressed run-length encoding, as pycocotools writes and reads it (`rleEncode` and `rleToString` in
 * cocodataset/cocoapi, common/maskApi.c).
 *
 * `!` only on indices below lengths just measured.
 */
import type { SpanMask } from './span-mask.ts';
import { boundariesAcross } from './span-transpose.ts';

/** `size` is `[height, width]`. */
export interface CocoRle {
  readonly size: readonly [number, number];
  readonly counts: string;
}

export function encodeRle(mask: SpanMask): CocoRle {
  return { size: [mask.height, mask.width], counts: encodeCounts(columnCounts(mask)) };
}

/** Throws RangeError for a string that is not the RLE of a mask of this size. */
export function decodeRle(rle: CocoRle): SpanMask {
  const [height, width] = rle.size;
  const counts = decodeCounts(rle.counts);
  // Before any runs are built: a few letters can stand for billions of pixels.
  const pixels = counts.reduce((sum, count) => sum + count, 0);
  if (pixels !== height * width) throw new RangeError(`Not an RLE of ${width}x${height}: it has ${pixels} pixels.`);
  const columns = columnRuns(counts, height, width);
  const { start, lines } = boundariesAcross({ first: 0, ...columns }, height);
  return tightMask(width, height, lines, start);
}

/** Lengths of the runs in column-major order, zeros and ones in turn, zeros first. */
function columnCounts(mask: SpanMask): Uint32Array {
  const rows = { first: mask.bbox[1], runs: mask.runs, lineStart: mask.rowStart };
  const { start, lines } = boundariesAcross(rows, mask.width);
  const counts = new Uint32Array(lines.length + 1);
  let length = 0;
  let last = 0;
  for (let x = 0; x < mask.width; x++) {
    for (let i = start[x]!; i < start[x + 1]!; i++) {
      const position = x * mask.height + lines[i]!;
      // A run that reaches the bottom continues if the next column starts with one: the two boundaries cancel out.
      if (position === last && length > 0) last -= counts[--length]!;
      else {
        counts[length++] = position - last;
        last = position;
      }
    }
  }
  const total = mask.width * mask.height;
  if (total > last) counts[length++] = total - last;
  return counts.subarray(0, length);
}

/** The columns' runs, cut where one continues into the next column. */
function columnRuns(
  counts: readonly number[],
  height: number,
  width: number,
): { runs: Uint32Array; lineStart: Uint32Array } {
  const runs: number[] = [];
  const lineStart = new Uint32Array(width + 1);
  let position = 0;
  let column = 0;
  counts.forEach((count, i) => {
    const end = position + count;
    for (let from = position; i % 2 === 1 && from < end;) {
      const x = Math.floor(from / height);
      while (column < x) lineStart[++column] = runs.length / 2;
      const to = Math.min(end, (x + 1) * height);
      runs.push(from - x * height, to - x * height);
      from = to;
    }
    position = end;
  });
  while (column < width) lineStart[++column] = runs.length / 2;
  return { runs: Uint32Array.from(runs), lineStart };
}

/** A span mask from the boundaries along all rows of the photo. */
function tightMask(width: number, height: number, runs: Uint32Array, start: Uint32Array): SpanMask {
  let top = 0;
  while (top < height && start[top + 1] === 0) top++;
  if (top === height) return { width, height, bbox: [0, 0, 0, 0], area: 0, runs, rowStart: new Uint32Array(1) };
  let bottom = height;
  while (start[bottom - 1] === runs.length) bottom--;
  let [left, right, area] = [width, 0, 0];
  for (let i = 0; i < runs.length; i += 2) {
    left = Math.min(left, runs[i]!);
    right = Math.max(right, runs[i + 1]!);
    area += runs[i + 1]! - runs[i]!;
  }
  const rowStart = start.slice(top, bottom + 1).map((index) => index / 2);
  return { width, height, bbox: [left, top, right - left, bottom - top], area, runs, rowStart };
}

/** A 32-bit number at five bits per letter. */
const maxLetters = 7;

/**
 * Counts as text. From the fourth count on, the difference from the count two before it is stored. Each number is
 * written in groups of 5 bits, lowest first: 0x20 says that another group follows, 0x10 in the last group is the sign,
 * and adding 48 makes it a letter.
 */
function encodeCounts(counts: Uint32Array): string {
  const bytes = Buffer.allocUnsafe(counts.length * maxLetters);
  let length = 0;
  for (let i = 0; i < counts.length; i++) {
    let value = i > 2 ? counts[i]! - counts[i - 2]! : counts[i]!;
    for (let more = true; more;) {
      const group = value & 0x1f;
      value >>= 5;
      more = (group & 0x10) === 0 ? value !== 0 : value !== -1;
      bytes[length++] = (more ? group | 0x20 : group) + 48;
    }
  }
  return bytes.toString('latin1', 0, length);
}

function decodeCounts(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    let group = 0x20;
    for (let shift = 0; (group & 0x20) !== 0; shift += 5) {
      group = text.charCodeAt(at++) - 48;
      // Past the end of the text the code is NaN.
      if (!(group >= 0 && group < 64) || shift > 30) throw new RangeError(`Not an RLE: character ${at} is wrong.`);
      value |= (group & 0x1f) << shift;
      if ((group & 0x30) === 0x10) value |= shift < 27 ? -1 << (shift + 5) : 0;
    }
    if (counts.length > 2) value += counts[counts.length - 2]!;
    if (value < 0) throw new RangeError(`Not an RLE: run ${counts.length} has ${value} pixels.`);
    counts.push(value);
  }
  return counts;
}

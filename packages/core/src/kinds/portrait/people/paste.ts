/**
 * Pastes the heads on the photo, row by row: nothing of the photo's size is held but the resulting runs.
 *
 * `!` only in the pixel loops, inside bounds that the loops themselves set.
 */
import { type SpanMask, SpanMaskBuilder } from '../../../render/span-mask.ts';
import { invert } from '../sampling/similarity.ts';
import { claimAt, type PlacedHead } from './claim.ts';

export interface PastedMask {
  /** Index of the head. */
  readonly head: number;
  readonly classId: number;
  /** Mean probability over the mask, 0..1. */
  readonly score: number;
  readonly mask: SpanMask;
}

/** Disjoint masks by head, then by class, without background. */
export function pasteHeads(heads: readonly PlacedHead[], photo: { width: number; height: number }): PastedMask[] {
  const { width, height } = photo;
  const row: PhotoRow = {
    head: new Uint8Array(width),
    classId: new Uint8Array(width),
    probability: new Float32Array(width),
    sureness: new Float32Array(width),
  };
  const collectors = new Map<number, Collector>();
  for (let y = 0; y < height; y++) {
    row.classId.fill(0);
    row.sureness.fill(0);
    for (const [i, head] of heads.entries()) layRow(row, y, i, head);
    collectRow(row, y, (key) => {
      const known = collectors.get(key);
      if (known) return known;
      const collector = { builder: new SpanMaskBuilder(width, height), sum: 0 };
      collectors.set(key, collector);
      return collector;
    });
  }
  return [...collectors]
    .sort(([a], [b]) => a - b)
    .map(([key, { builder, sum }]) => {
      const mask = builder.finish();
      return { head: key >> 8, classId: key & 0xff, score: sum / mask.area, mask };
    });
}

interface PhotoRow {
  readonly head: Uint8Array;
  /** 0 = background. */
  readonly classId: Uint8Array;
  /** Of that class, 0..1. */
  readonly probability: Float32Array;
  /** How sure the head is that the pixel is its own. */
  readonly sureness: Float32Array;
}

interface Collector {
  readonly builder: SpanMaskBuilder;
  /** Sum of probabilities. */
  sum: number;
}

/** Bilinear between the four cells around each pixel. */
function layRow(row: PhotoRow, y: number, index: number, { frame, map, claim }: PlacedHead): void {
  const { grid, classes, probabilities, likeliest } = map;
  const { columns, rows, cellsPerWidth } = grid;
  const toHead = invert(frame.toPhoto);
  const stepX = toHead.a * cellsPerWidth;
  const stepY = toHead.b * cellsPerWidth;
  const startX = (toHead.a * 0.5 - toHead.b * (y + 0.5) + toHead.tx - grid.left) * cellsPerWidth - 0.5;
  const startY = (toHead.b * 0.5 + toHead.a * (y + 0.5) + toHead.ty - grid.top) * cellsPerWidth - 0.5;
  const [from, to] = insideRange(row.head.length, [startX, stepX, columns - 1], [startY, stepY, rows - 1]);
  const corners = new Uint8Array(4);
  for (let x = from; x < to; x++) {
    const cx = startX + x * stepX;
    const cy = startY + x * stepY;
    const j = cx | 0;
    const i = cy | 0;
    const cell = i * columns + j;
    const fx = cx - j;
    const fy = cy - i;
    const w11 = fx * fy;
    const w10 = fy - w11;
    const w01 = fx - w11;
    const w00 = 1 - w01 - w10 - w11;
    const p = cell * classes;
    corners[0] = likeliest[cell]!;
    corners[1] = likeliest[cell + 1]!;
    corners[2] = likeliest[cell + columns]!;
    corners[3] = likeliest[cell + columns + 1]!;
    // Only the corners' classes: between two of them a class that was tidied away might win, as a speck.
    let best = 0;
    let most = -1;
    for (let k = 0; k < corners.length; k++) {
      const c = corners[k]!;
      if (c === best && k > 0) continue;
      const value = mix(probabilities, p + c, classes, columns, w00, w01, w10, w11);
      if (value < most || (value === most && c > best)) continue;
      best = c;
      most = value;
    }
    if (best === 0) continue;
    const probability = most / 255;
    const certainty = 1 - mix(probabilities, p, classes, columns, w00, w01, w10, w11) / 255;
    const sureness = claim
      ? certainty * claimAt(claim, grid.left + (cx + 0.5) / cellsPerWidth, grid.top + (cy + 0.5) / cellsPerWidth)
      : certainty;
    if (sureness <= row.sureness[x]!) continue;
    row.head[x] = index;
    row.classId[x] = best;
    row.probability[x] = probability;
    row.sureness[x] = sureness;
  }
}

function mix(
  p: Uint8Array,
  at: number,
  classes: number,
  columns: number,
  w00: number,
  w01: number,
  w10: number,
  w11: number,
): number {
  const below = at + columns * classes;
  return p[at]! * w00 + p[at + classes]! * w01 + p[below]! * w10 + p[below + classes]! * w11;
}

function collectRow(row: PhotoRow, y: number, collectorOf: (key: number) => Collector): void {
  const width = row.head.length;
  for (let x = 0; x < width;) {
    const classId = row.classId[x]!;
    const head = row.head[x]!;
    const start = x;
    let sum = 0;
    do sum += row.probability[x++]!;
    while (x < width && row.classId[x] === classId && (classId === 0 || row.head[x] === head));
    if (classId === 0) continue;
    const collector = collectorOf((head << 8) | classId);
    collector.builder.add(y, start, x);
    collector.sum += sum;
  }
}

/** A coordinate along a row: its value at the first pixel, its step per pixel, and the end that it must not reach. */
type Line = readonly [start: number, step: number, end: number];

/**
 * The pixels x of `width`, `from` .. `to` - 1, at which every `start + x * step` is at least 0 and below its end;
 * 0, 0 if there are none.
 */
export function insideRange(width: number, ...lines: readonly Line[]): [from: number, to: number] {
  let from = 0;
  let to = width;
  for (const [start, step, end] of lines) {
    if (step === 0) {
      if (start < 0 || start >= end) return [0, 0];
      continue;
    }
    const [zero, last] = [-start / step, (end - start) / step];
    from = Math.max(from, Math.ceil(Math.min(zero, last)));
    to = Math.min(to, Math.floor(Math.max(zero, last)) + 1);
  }
  // Rounding may put the outermost pixels a hair outside.
  const inside = (x: number) => lines.every(([start, step, end]) => start + x * step >= 0 && start + x * step < end);
  while (from < to && !inside(from)) from++;
  while (from < to && !inside(to - 1)) to--;
  // As small integers, not the doubles that rounding gives: a loop that starts with a double counts in doubles.
  return from < to ? [from | 0, to | 0] : [0, 0];
}

/**
 * Test-time augmentation by mirroring: what was found in the photo and in its mirror image becomes one, as the authors
 * merge instances (`m2fp/utils/utils.py`), with masks instead of the network's values.
 *
 * `!` only in the loop over pixels.
 */
import { forEachRun, type SpanMask, SpanMaskBuilder } from '@m2fp/core/render';
import type { Photo, RgbImage } from '@m2fp/core/image';
import { numpyOrder } from '../metrics/sort-order.ts';
import type { Found, Scored } from './found.ts';

/** Two of a class with at least this IoU are the same thing. */
const sameIou = 0.5;

/** The photo from left to right; resized first, then mirrored. */
export function mirrorPhoto(photo: Photo): Photo {
  return {
    ...photo,
    rgb: async () => mirrorImage(await photo.rgb()),
    resized: async (width, height) => mirrorImage(await photo.resized(width, height)),
  };
}

/** What was found in the mirrored photo, back in the photo; `classes` exchanges left and right. */
export function mirrorFound(found: Found, classes: ReadonlyMap<number, number>): Found {
  const mirrored = (scored: Scored): Scored => ({ ...scored, mask: mirrorMask(scored.mask) });
  return {
    ...found,
    parts: found.parts.map((part) => ({ ...mirrored(part), classId: classes.get(part.classId) ?? part.classId })),
    people: found.people.map(mirrored),
  };
}

/** Of one photo. */
export function mergeFound(a: Found, b: Found): Found {
  return { ...a, parts: mergeByClass([...a.parts, ...b.parts]), people: mergeByClass([...a.people, ...b.people]) };
}

function mergeByClass(scored: readonly Scored[]): Scored[] {
  return [...Map.groupBy(scored, ({ classId }) => classId).values()].flatMap(mergeAlike);
}

/**
 * Of one class, the surest first: those that overlap it by half are the same thing and join it; what overlaps it less
 * becomes less sure, by exp(-IoU² / 0.5).
 */
function mergeAlike(scored: readonly Scored[]): Scored[] {
  const waiting = numpyOrder(scored.map(({ score }) => -score)).flatMap((i) => scored[i] ?? []);
  const merged: Scored[] = [];
  for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
    const same = [first];
    let score = first.score;
    const others = waiting.splice(0);
    for (const other of others) {
      const iou = iouOf(first.mask, other.mask);
      const lowered = { ...other, score: other.score * Math.exp((-iou * iou) / 0.5) };
      if (iou < sameIou) waiting.push(lowered);
      else {
        same.push(other);
        score = Math.max(score, lowered.score);
      }
    }
    merged.push({ classId: first.classId, score, mask: vote(same, first.mask) });
  }
  return merged;
}

/**
 * The pixels that masks with at least half of the sum of scores have. The authors add up the network's values, of which
 * only the signs are left here: of two masks, the surer one decides.
 */
function vote(scored: readonly Scored[], surest: SpanMask): SpanMask {
  const total = scored.reduce((sum, { score }) => sum + score, 0);
  if (scored.length === 1 || total === 0) return surest;
  const builder = new SpanMaskBuilder(surest.width, surest.height);
  const masks = scored.map(({ mask, score }) => ({ score, rows: runsByRow(mask) }));
  for (let y = 0; y < surest.height; y++) {
    const edges = masks.flatMap(({ score, rows }) =>
      (rows.get(y) ?? []).flatMap(([start, end]) => [
        { x: start, change: score },
        { x: end, change: -score },
      ]),
    );
    edges.sort((a, b) => a.x - b.x);
    let votes = 0;
    edges.forEach(({ x, change }, i) => {
      votes += change;
      // Sums are rounded: exactly half of them has to be enough.
      if (votes > total * (0.5 - 1e-9)) builder.add(y, x, edges[i + 1]?.x ?? x);
    });
  }
  return builder.finish();
}

function runsByRow(mask: SpanMask): Map<number, (readonly [start: number, end: number])[]> {
  const rows = new Map<number, (readonly [number, number])[]>();
  forEachRun(mask, (y, start, end) => {
    const row = rows.get(y) ?? [];
    row.push([start, end]);
    rows.set(y, row);
  });
  return rows;
}

function iouOf(a: SpanMask, b: SpanMask): number {
  const rows = runsByRow(b);
  let both = 0;
  forEachRun(a, (y, start, end) => {
    for (const [from, to] of rows.get(y) ?? []) both += Math.max(0, Math.min(end, to) - Math.max(start, from));
  });
  const either = a.area + b.area - both;
  return either === 0 ? 0 : both / either;
}

function mirrorMask(mask: SpanMask): SpanMask {
  const { width, height } = mask;
  const builder = new SpanMaskBuilder(width, height);
  for (const [y, runs] of runsByRow(mask)) {
    for (const [start, end] of runs.toReversed()) builder.add(y, width - end, width - start);
  }
  return builder.finish();
}

function mirrorImage({ data, width, height }: RgbImage): RgbImage {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const rowEnd = (y + 1) * width * 3;
    for (let from = y * width * 3, to = rowEnd - 3; to >= y * width * 3; from += 3, to -= 3) {
      mirrored[to] = data[from]!;
      mirrored[to + 1] = data[from + 1]!;
      mirrored[to + 2] = data[from + 2]!;
    }
  }
  return { data: mirrored, width, height };
}

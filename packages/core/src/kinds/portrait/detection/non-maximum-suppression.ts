import type { Point } from '../sampling/similarity.ts';

export interface ScoredBox {
  readonly score: number;
  readonly center: Point;
  readonly width: number;
  readonly height: number;
}

/**
 * Keeps the best of the boxes that overlap by more than `iouThreshold`, best first. Among equal scores the earlier
 * one wins, so that the result does not depend on the sort.
 */
export function suppressNonMaxima<T extends ScoredBox>(boxes: readonly T[], iouThreshold: number): T[] {
  const order = boxes.map((box, i) => ({ box, i })).sort((a, b) => b.box.score - a.box.score || a.i - b.i);
  const kept: T[] = [];
  for (const { box } of order) {
    if (kept.every((other) => intersectionOverUnion(box, other) <= iouThreshold)) kept.push(box);
  }
  return kept;
}

/** 0..1; 0 for boxes without area. */
export function intersectionOverUnion(a: ScoredBox, b: ScoredBox): number {
  const shared =
    overlap(a.center.x, a.width, b.center.x, b.width) * overlap(a.center.y, a.height, b.center.y, b.height);
  const union = a.width * a.height + b.width * b.height - shared;
  return union > 0 ? shared / union : 0;
}

function overlap(centerA: number, sizeA: number, centerB: number, sizeB: number): number {
  const start = Math.max(centerA - sizeA / 2, centerB - sizeB / 2);
  const end = Math.min(centerA + sizeA / 2, centerB + sizeB / 2);
  return Math.max(end - start, 0);
}

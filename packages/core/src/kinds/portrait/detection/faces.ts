/**
 * Faces: from the rows of BlazeFace's outputs, without duplicates.
 *
 * `!` only where rows of the outputs are read, whose lengths were checked.
 */
import type { FloatTensor } from '../../../model/session.ts';
import { apply, scaleOf, type Point, type Similarity } from '../sampling/similarity.ts';

/** A face as the detector sees it. */
export interface Face {
  /** 0..1 */
  readonly score: number;
  /** Upright box from the brows to the chin: its center and size. */
  readonly center: Point;
  readonly width: number;
  readonly height: number;
  /** Right and left are the person's own. */
  readonly rightEye: Point;
  readonly leftEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
}

/** The face in other coordinates. The box stays upright: the detector's input is never rotated. */
export function moveFace(face: Face, to: Similarity): Face {
  const scale = scaleOf(to);
  return {
    score: face.score,
    center: apply(to, face.center),
    width: face.width * scale,
    height: face.height * scale,
    rightEye: apply(to, face.rightEye),
    leftEye: apply(to, face.leftEye),
    nose: apply(to, face.nose),
    mouth: apply(to, face.mouth),
  };
}

/** BlazeFace's grids: cells per side and anchors per cell. All anchors of a cell are at its center. */
export const detectorGrids = [
  { cells: 16, perCell: 2 },
  { cells: 8, perCell: 6 },
] as const;

/** Centers of a grid's anchors, px of a square input, in the order of the network's rows. */
export function gridAnchors({ cells, perCell }: { cells: number; perCell: number }, size: number): Point[] {
  const stride = size / cells;
  return Array.from({ length: cells * cells * perCell }, (_, i) => {
    const cell = Math.floor(i / perCell);
    return { x: ((cell % cells) + 0.5) * stride, y: (Math.floor(cell / cells) + 0.5) * stride };
  });
}

/** Values per row of the network: center and size of the box, then x and y of 6 keypoints. */
const rowLength = 16;

/** The rows whose score passes the threshold, in the input's pixels. */
export function decodeFaces(
  scores: FloatTensor | undefined,
  boxes: FloatTensor | undefined,
  anchors: readonly Point[],
  scoreThreshold: number,
): Face[] {
  if (scores?.data.length !== anchors.length || boxes?.data.length !== anchors.length * rowLength) {
    throw new Error('The detector’s outputs do not match its anchors.');
  }
  return anchors.flatMap((anchor, i) => {
    const score = 1 / (1 + Math.exp(-scores.data[i]!));
    return score > scoreThreshold ? [decodeFace(boxes.data, i * rowLength, anchor, score)] : [];
  });
}

function decodeFace(rows: Float32Array, start: number, anchor: Point, score: number): Face {
  const point = (i: number): Point => ({ x: anchor.x + rows[start + i]!, y: anchor.y + rows[start + i + 1]! });
  return {
    score,
    center: point(0),
    width: rows[start + 2]!,
    height: rows[start + 3]!,
    rightEye: point(4),
    leftEye: point(6),
    nose: point(8),
    mouth: point(10),
  };
}

interface ScoredBox {
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

/** The boxes' intersection over their union, 0..1; 0 for boxes without area. */
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

import type { Face } from '../detection/faces.ts';
import { squareOnto, type Point, type Similarity } from '../sampling/similarity.ts';

/**
 * A head's own coordinates: the origin is the middle of the face, the unit is the face's width, x points to the
 * viewer's right and y down, upright however the head is tilted.
 */
export interface HeadFrame {
  /** From face widths to the photo's pixels. */
  readonly toPhoto: Similarity;
  /** px of the photo. */
  readonly faceWidth: number;
}

export function createHeadFrame(face: Face): HeadFrame {
  const faceWidth = Math.max(face.width, face.height);
  const angle = tiltOf(face);
  const a = faceWidth * Math.cos(angle);
  const b = faceWidth * Math.sin(angle);
  return { toPhoto: { a, b, tx: face.center.x, ty: face.center.y }, faceWidth };
}

/**
 * Angle of the head, clockwise on screen, from the line between the eyes and the line from the eyes to the mouth,
 * rotated by a right angle. In a profile the eyes nearly coincide, and the second line still works.
 */
export function tiltOf({ rightEye, leftEye, mouth }: Face): number {
  const acrossX = leftEye.x - rightEye.x;
  const acrossY = leftEye.y - rightEye.y;
  const downX = mouth.x - (rightEye.x + leftEye.x) / 2;
  const downY = mouth.y - (rightEye.y + leftEye.y) / 2;
  return Math.atan2(acrossY - downX, acrossX + downY);
}

/** A square in head coordinates: its middle and its side, face widths. */
export interface HeadSquare {
  readonly center: Point;
  readonly side: number;
}

/** Maps a square input of `size` px onto the head's square, in the photo's pixels. */
export function squareToPhoto(frame: HeadFrame, square: HeadSquare, size: number): Similarity {
  const { a, b, tx, ty } = frame.toPhoto;
  const { x, y } = square.center;
  const center = { x: a * x - b * y + tx, y: b * x + a * y + ty };
  return squareOnto(size, { center, side: square.side * frame.faceWidth, angle: Math.atan2(b, a) });
}

/** A grid of square cells in head coordinates; `left` and `top` are its corner, face widths. */
export interface HeadGrid {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  readonly cellsPerWidth: number;
}

/** Covers all views of a head: 6 face widths, from above a hat to the ends of long hair. */
export const viewsGrid: HeadGrid = { left: -3, top: -2.3, columns: 480, rows: 480, cellsPerWidth: 80 };

/** The middle of a cell, face widths. */
export function middleOf({ left, top, columns, cellsPerWidth }: HeadGrid, cell: number): Point {
  return {
    x: left + ((cell % columns) + 0.5) / cellsPerWidth,
    y: top + (Math.floor(cell / columns) + 0.5) / cellsPerWidth,
  };
}

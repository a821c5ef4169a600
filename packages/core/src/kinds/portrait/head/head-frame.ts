import type { Face } from '../detection/face.ts';
import { squareOnto, type Point, type Similarity } from '../sampling/similarity.ts';

/**
 * A head's own coordinates: the origin in the middle of the face, the unit a face's width, x to the viewer's right and
 * y down, upright however the head is tilted.
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
 * Angle of the head, clockwise on screen, out of the line between the eyes and the one from the eyes to the mouth,
 * turned by a right angle. In a profile the eyes nearly fall together, and the second line still holds.
 */
export function tiltOf({ rightEye, leftEye, mouth }: Face): number {
  const acrossX = leftEye.x - rightEye.x;
  const acrossY = leftEye.y - rightEye.y;
  const downX = mouth.x - (rightEye.x + leftEye.x) / 2;
  const downY = mouth.y - (rightEye.y + leftEye.y) / 2;
  return Math.atan2(acrossY - downX, acrossX + downY);
}

/** A square in head coordinates: its middle and side, face widths. */
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

import type { Face } from '../detection/faces.ts';
import type { HeadFrame } from '../head/head-frame.ts';
import { apply, invert, lengthOf, type Point } from '../sampling/similarity.ts';

/** Another face in a head's coordinates: its middle and its size, in face widths of that head. */
export interface Neighbor extends Point {
  readonly size: number;
}

/** Radii in a face's own widths: what is surely on the face, and what around it is left to it. */
const radius = { face: 0.6, around: 0.9 };
/** Heads whose faces are farther apart than this many times the sum of their widths cannot meet. */
const meeting = 3;

/** The faces of other heads that could meet this one. */
export function findNeighbors(face: Face, frame: HeadFrame, faces: readonly Face[]): Neighbor[] {
  const toHead = invert(frame.toPhoto);
  return faces
    .filter((other) => other !== face)
    .map((other) => ({
      ...apply(toHead, other.center),
      size: Math.max(other.width, other.height) / frame.faceWidth,
    }))
    .filter(({ x, y, size }) => Math.hypot(x, y) < (1 + size) * meeting);
}

/** Distance to the nearest other face, in its widths. */
export function distanceToOthers(x: number, y: number, neighbors: readonly Neighbor[]): number {
  let least = Infinity;
  for (const other of neighbors) least = Math.min(least, lengthOf(x - other.x, y - other.y) / other.size);
  return least;
}

/** True if a place is on another head's face rather than on the head's own. */
export function isOnOtherFace(x: number, y: number, neighbors: readonly Neighbor[]): boolean {
  const other = distanceToOthers(x, y, neighbors);
  return other < radius.face && other < lengthOf(x, y);
}

/** True if a place is nearer to the head than to any other, or near to none. */
export function isOwnPlace(x: number, y: number, neighbors: readonly Neighbor[]): boolean {
  return distanceToOthers(x, y, neighbors) > Math.min(lengthOf(x, y), radius.around);
}

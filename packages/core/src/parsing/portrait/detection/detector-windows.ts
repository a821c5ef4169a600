import { squareOnto, type Point, type Similarity } from '../sampling/similarity.ts';

/** A square of the photo that the detector looks at. */
export interface DetectorWindow {
  readonly toPhoto: Similarity;
  /** False for the whole photo, letterboxed. */
  readonly isPart: boolean;
}

/** Windows are halved as long as their side is at least this many times the detector's input, and at most so often. */
const finest = { oversize: 2, halvings: 3 };

/**
 * The whole photo, then squares of half its long side, of a quarter … that overlap by a half: the detector misses faces
 * of less than about a twentieth of its window, as in a group photo from a modern camera. Larger windows come first.
 */
export function detectorWindows(size: number, photo: { width: number; height: number }): DetectorWindow[] {
  const { width, height } = photo;
  const whole = Math.max(width, height);
  const windows = [windowAt(size, { x: width / 2, y: height / 2 }, whole, false)];
  for (let n = 1; n <= finest.halvings; n++) {
    const side = whole / 2 ** n;
    if (side < finest.oversize * size) break;
    for (const y of middles(height, side)) {
      for (const x of middles(width, side)) windows.push(windowAt(size, { x, y }, side, true));
    }
  }
  return windows;
}

function windowAt(size: number, center: Point, side: number, isPart: boolean): DetectorWindow {
  return { toPhoto: squareOnto(size, { center, side, angle: 0 }), isPart };
}

/** Middles of as few windows as cover the length with an overlap of half of their side or more. */
function middles(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (side / 2));
  return Array.from({ length: steps + 1 }, (_, i) => side / 2 + (i * (length - side)) / steps);
}

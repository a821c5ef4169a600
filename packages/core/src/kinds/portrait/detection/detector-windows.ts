import { squareOnto, type Point, type Similarity } from '../sampling/similarity.ts';

/** A square that the detector looks at. */
export interface DetectorWindow {
  readonly toPhoto: Similarity;
  /** The photo as it is, letterboxed; the photo small in black, for a face that fills it; or a part of the photo. */
  readonly shows: 'photo' | 'photo-in-black' | 'part';
}

/** Side of the window around the photo, of the photo's long side: enough to find a face larger than the photo. */
const around = 1.6;
/** Parts are halved as long as their side is at least this many times the detector's input, and at most so often. */
const finest = { oversize: 2, halvings: 2 };

/**
 * Windows on the whole photo, alone and in a frame of black, and parts of it: squares of half its long side, of a quarter
 * … that overlap by a half. The detector misses faces of less than about a twentieth of its window, as in a group
 * photo from a modern camera. Larger parts come first.
 */
export function detectorWindows(
  size: number,
  { width, height }: { width: number; height: number },
): { photo: DetectorWindow[]; parts: DetectorWindow[] } {
  const longSide = Math.max(width, height);
  const middle = { x: width / 2, y: height / 2 };
  const photo: DetectorWindow[] = [
    { toPhoto: windowAt(size, middle, longSide), shows: 'photo' },
    { toPhoto: windowAt(size, middle, longSide * around), shows: 'photo-in-black' },
  ];
  const parts: DetectorWindow[] = [];
  for (let n = 1; n <= finest.halvings; n++) {
    const side = longSide / 2 ** n;
    if (side < finest.oversize * size) break;
    for (const y of middles(height, side)) {
      for (const x of middles(width, side)) parts.push({ toPhoto: windowAt(size, { x, y }, side), shows: 'part' });
    }
  }
  return { photo, parts };
}

function windowAt(size: number, center: Point, side: number): Similarity {
  return squareOnto(size, { center, side, angle: 0 });
}

/** Middles of as few windows as cover the length with an overlap of half of their side or more. */
function middles(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (side / 2));
  return Array.from({ length: steps + 1 }, (_, i) => side / 2 + (i * (length - side)) / steps);
}

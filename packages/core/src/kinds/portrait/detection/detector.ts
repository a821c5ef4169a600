/** BlazeFace (https://arxiv.org/abs/1907.05047), the back camera model: finds faces in squares of 256 px. */
import type { FloatTensor, Session } from '../../../model/session.ts';
import { type Pyramid, samplePhoto } from '../sampling/pyramid.ts';
import { type Point, squareOnto, type Similarity } from '../sampling/similarity.ts';
import { decodeFaces, detectorGrids, gridAnchors, moveFace, suppressNonMaxima, type Face } from './faces.ts';

interface DetectorSettings {
  /** Side of the network's input, px. */
  readonly size: number;
  readonly scoreThreshold: number;
  readonly iouThreshold: number;
}

interface Detector {
  /** Faces of a photo, px, best first. */
  detect(pyramid: Pyramid): Promise<Face[]>;
}

export function createDetector(session: Session, settings: DetectorSettings): Detector {
  const { size, scoreThreshold, iouThreshold } = settings;
  const grids = detectorGrids.map((grid) => ({ name: String(grid.cells), anchors: gridAnchors(grid, size) }));
  const image: FloatTensor = { data: new Float32Array(3 * size * size), shape: [1, 3, size, size] };

  const findIn = async (pyramid: Pyramid, { toPhoto, shows }: DetectorWindow): Promise<Face[]> => {
    samplePhoto(pyramid, { size, toPhoto, beyond: 'black' }, image.data);
    const outputs = await session.run({ image });
    const faces = grids
      .flatMap(({ name, anchors }) =>
        decodeFaces(outputs[`scores_${name}`], outputs[`boxes_${name}`], anchors, scoreThreshold),
      )
      .filter((face) => isForWindow(face, shows, size));
    return suppressNonMaxima(faces, iouThreshold).map((face) => moveFace(face, toPhoto));
  };

  return {
    async detect(pyramid) {
      const { photo, parts } = detectorWindows(size, pyramid);
      const found: Face[] = [];
      const add = (faces: readonly Face[]) => {
        for (const face of faces) if (!found.some((known) => isSameFace(face, known))) found.push(face);
      };
      const candidates: Face[] = [];
      for (const window of photo) candidates.push(...(await findIn(pyramid, window)));
      add(candidates.sort(bestFirst));
      // Parts find faces that a larger window has already found, at another size.
      for (const window of parts) add(await findIn(pyramid, window));
      return found.sort(bestFirst);
    },
  };
}

function bestFirst(a: Face, b: Face): number {
  return b.score - a.score;
}

/**
 * Which faces each window is trusted with: the photo in black with faces that fill the photo, a part with small ones
 * that it does not cut off. There are many parts, so in these only faces with a high score count.
 */
function isForWindow({ score, center, width, height }: Face, shows: DetectorWindow['shows'], size: number): boolean {
  const side = Math.max(width, height);
  if (shows === 'photo') return true;
  if (shows === 'photo-in-black') return side > size * largeFace;
  const margin = side * 0.6;
  const isWhole = [center.x, center.y].every((at) => at >= margin && at <= size - margin);
  return isWhole && side < size * largeFace && score > minPartScore;
}

/** A face larger than this share of its window's side is seen well in the next larger window too. */
const largeFace = 1 / 3;
/** In photos scaled up to 12 megapixels, false faces in parts score up to 0.67. */
const minPartScore = 0.7;

/** True if one face's middle lies on the other: overlapping windows see a face twice, at different sizes. */
function isSameFace(a: Face, b: Face): boolean {
  const distance = Math.hypot(a.center.x - b.center.x, a.center.y - b.center.y);
  return distance < Math.max(a.width, a.height, b.width, b.height) / 2;
}

/** A square that the detector looks at. */
interface DetectorWindow {
  readonly toPhoto: Similarity;
  /** The whole photo, letterboxed; the photo small on black, for a face that fills it; or a part of the photo. */
  readonly shows: 'photo' | 'photo-in-black' | 'part';
}

/** Side of the window around the photo, in long sides of the photo: enough to find a face larger than the photo. */
const around = 1.6;
/** Parts are halved while their side is at least `oversize` times the detector's input, at most `halvings` times. */
const finest = { oversize: 2, halvings: 2 };

/**
 * Windows on the whole photo, alone and framed in black, and on parts of it: squares of half its long side, of a
 * quarter … that overlap by half. The detector misses faces smaller than about a twentieth of its window, as in a group
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

/** Middles of the fewest windows that cover the length with an overlap of at least half their side. */
function middles(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (side / 2));
  return Array.from({ length: steps + 1 }, (_, i) => side / 2 + (i * (length - side)) / steps);
}

/**
 * BlazeFace (https://arxiv.org/abs/1907.05047), its back camera variant: finds faces in a square of 256 px.
 *
 * `!` only where rows of the network's outputs are read, whose lengths were checked.
 */
import type { FloatTensor, Session } from '../../../model/session.ts';
import { detectorGrids, gridAnchors } from './anchors.ts';
import { moveFace, type Face } from './face.ts';
import { detectorWindows, type DetectorWindow } from './detector-windows.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import type { Pyramid } from '../sampling/pyramid.ts';
import { samplePhoto } from '../sampling/sample-photo.ts';
import type { Point } from '../sampling/similarity.ts';

export interface DetectorSettings {
  /** Side of the network's input, px. */
  readonly size: number;
  readonly scoreThreshold: number;
  readonly iouThreshold: number;
}

export interface Detector {
  /** Faces of a photo, px, best first. */
  detect(pyramid: Pyramid): Promise<Face[]>;
}

/** Values a row of the network: centre and size of the box, then x and y of 6 keypoints. */
const rowLength = 16;

export function createDetector(session: Session, settings: DetectorSettings): Detector {
  const { size, iouThreshold } = settings;
  const grids = detectorGrids.map((grid) => ({ name: String(grid.cells), anchors: gridAnchors(grid, size) }));
  const image: FloatTensor = { data: new Float32Array(3 * size * size), shape: [1, 3, size, size] };

  const findIn = async (pyramid: Pyramid, { toPhoto, shows }: DetectorWindow): Promise<Face[]> => {
    samplePhoto(pyramid, { size, toPhoto, beyond: 'black' }, image.data);
    const outputs = await session.run({ image });
    const faces = grids
      .flatMap(({ name, anchors }) =>
        decodeFaces(outputs[`scores_${name}`], outputs[`boxes_${name}`], anchors, settings),
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
      // What a larger window has found, its parts see again in another size.
      for (const window of parts) add(await findIn(pyramid, window));
      return found.sort(bestFirst);
    },
  };
}

function bestFirst(a: Face, b: Face): number {
  return b.score - a.score;
}

/**
 * What a window is asked for beside the whole photo: faces that fill it, or small ones that it does not cut off. There
 * are many parts, so that in these only what is surely a face counts.
 */
function isForWindow({ score, center, width, height }: Face, shows: DetectorWindow['shows'], size: number): boolean {
  const side = Math.max(width, height);
  if (shows === 'photo') return true;
  if (shows === 'photo-in-black') return side > size * largest;
  const margin = side * 0.6;
  const isWhole = [center.x, center.y].every((at) => at >= margin && at <= size - margin);
  return isWhole && side < size * largest && score > surely;
}

/** Share of its window's side that a face has to pass for the next larger window to see it well too. */
const largest = 1 / 3;
/** On photographs scaled up to 12 megapixels, false faces in parts score up to 0.67. */
const surely = 0.7;

/** True where either face's middle lies on the other: windows that overlap see a face twice, at different sizes. */
function isSameFace(a: Face, b: Face): boolean {
  const distance = Math.hypot(a.center.x - b.center.x, a.center.y - b.center.y);
  return distance < Math.max(a.width, a.height, b.width, b.height) / 2;
}

/** Rows whose score passes the threshold, in the input's pixels. */
export function decodeFaces(
  scores: FloatTensor | undefined,
  boxes: FloatTensor | undefined,
  anchors: readonly Point[],
  { scoreThreshold }: DetectorSettings,
): Face[] {
  if (scores?.data.length !== anchors.length || boxes?.data.length !== anchors.length * rowLength) {
    throw new Error('The detector has other outputs than its anchors say.');
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

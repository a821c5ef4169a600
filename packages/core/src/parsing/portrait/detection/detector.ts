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

  const findIn = async (pyramid: Pyramid, { toPhoto, isPart }: DetectorWindow): Promise<Face[]> => {
    samplePhoto(pyramid, { size, toPhoto, beyond: 'black' }, image.data);
    const outputs = await session.run({ image });
    return grids
      .flatMap(({ name, anchors }) =>
        decodeFaces(outputs[`scores_${name}`], outputs[`boxes_${name}`], anchors, settings),
      )
      .filter((face) => !isPart || isWellInside(face, size))
      .map((face) => moveFace(face, toPhoto));
  };

  return {
    async detect(pyramid) {
      const found: Face[] = [];
      for (const window of detectorWindows(size, pyramid)) {
        const faces = suppressNonMaxima(await findIn(pyramid, window), iouThreshold);
        // Larger windows come first: what they have found, a part of it cannot change.
        found.push(...faces.filter((face) => !found.some((known) => isSameFace(face, known))));
      }
      return found.sort((a, b) => b.score - a.score);
    },
  };
}

/** A face that a window cuts off, or that fills much of it, is for a larger window to find. */
function isWellInside({ center, width, height }: Face, size: number): boolean {
  const reach = Math.max(width, height);
  const from = reach * 0.6;
  return reach < size / 3 && [center.x, center.y].every((at) => at >= from && at <= size - from);
}

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

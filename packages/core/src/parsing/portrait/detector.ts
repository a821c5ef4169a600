/**
 * BlazeFace (https://arxiv.org/abs/1907.05047), its back camera variant: finds faces in a square of 256 px.
 *
 * `!` only where rows of the network's outputs are read, whose lengths were checked.
 */
import type { FloatTensor, Session } from '../../model/session.ts';
import { detectorGrids, gridAnchors } from './anchors.ts';
import { moveFace, type Face } from './face.ts';
import { letterbox } from './letterbox.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import type { Pyramid } from './pyramid.ts';
import { samplePhoto } from './sampling.ts';
import type { Point, Similarity } from './similarity.ts';

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

  const findIn = async (pyramid: Pyramid, toPhoto: Similarity): Promise<Face[]> => {
    samplePhoto(pyramid, { size, toPhoto, beyond: 'black' }, image.data);
    const outputs = await session.run({ image });
    return grids
      .flatMap(({ name, anchors }) =>
        decodeFaces(outputs[`scores_${name}`], outputs[`boxes_${name}`], anchors, settings),
      )
      .map((face) => moveFace(face, toPhoto));
  };

  return {
    detect: async (pyramid) => suppressNonMaxima(await findIn(pyramid, letterbox(size, pyramid)), iouThreshold),
  };
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

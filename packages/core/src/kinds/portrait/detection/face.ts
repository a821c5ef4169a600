import { apply, scaleOf, type Point, type Similarity } from '../sampling/similarity.ts';

/** A face as the detector saw it. */
export interface Face {
  /** 0..1 */
  readonly score: number;
  /** Upright box from the brows to the chin: centre and size. */
  readonly center: Point;
  readonly width: number;
  readonly height: number;
  /** Right and left are the person's own. */
  readonly rightEye: Point;
  readonly leftEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
}

/** The face in other coordinates. The box stays upright: the detector's input is never turned. */
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

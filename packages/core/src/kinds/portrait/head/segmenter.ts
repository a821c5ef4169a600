import type { FloatTensor, Session } from '../../../model/session.ts';
import type { HeadFrame, HeadSquare } from './head-frame.ts';
import { squareToPhoto } from './head-frame.ts';
import type { Pyramid } from '../sampling/pyramid.ts';
import { samplePhoto } from '../sampling/sample-photo.ts';

/** Probabilities of the classes in a square: rows, columns, classes; `data.length === size * size * classes`. */
export interface ClassMap {
  readonly data: Float32Array;
  readonly size: number;
  readonly classes: number;
}

export interface Segmenter {
  /** The classes in one square of a head. */
  segment(pyramid: Pyramid, frame: HeadFrame, square: HeadSquare): Promise<ClassMap>;
}

/** BiSeNetV2 (https://arxiv.org/abs/2004.02147) trained on CelebAMask-HQ: a head upright in a square of `size` px. */
export function createSegmenter(session: Session, { size, classes }: { size: number; classes: number }): Segmenter {
  const image: FloatTensor = { data: new Float32Array(3 * size * size), shape: [1, 3, size, size] };
  return {
    async segment(pyramid, frame, square) {
      // Beyond the border the last pixels go on: black would look to the network like hair or a shadow.
      samplePhoto(pyramid, { size, toPhoto: squareToPhoto(frame, square, size), beyond: 'nearest' }, image.data);
      const { probabilities } = await session.run({ image });
      if (probabilities?.data.length !== size * size * classes) {
        throw new Error(`The segmenter gives no ${classes} classes for ${size}x${size} px.`);
      }
      return { data: probabilities.data, size, classes };
    },
  };
}

import type { FloatTensor, Session } from '../../../model/session.ts';
import { type Pyramid, samplePhoto } from '../sampling/pyramid.ts';
import { type HeadFrame, type HeadSquare, squareToPhoto } from './head-frame.ts';

/** Probabilities of the classes in a square: rows, columns, classes; `data.length === size * size * classes`. */
export interface ClassMap {
  readonly data: Float32Array;
  readonly size: number;
  readonly classes: number;
  /** Pixels of the network's input per pixel of the map: pixel i shows what the input's pixel i * step does. */
  readonly step: number;
}

export interface Segmenter {
  /** The classes in one square of a head. The next call overwrites what this one gave. */
  segment(pyramid: Pyramid, frame: HeadFrame, square: HeadSquare): Promise<ClassMap>;
}

interface SegmenterSettings {
  /** Side of the network's input, px. */
  readonly size: number;
  /** As in `ClassMap`; 1 by default. */
  readonly step?: number | undefined;
  readonly classes: number;
}

/** BiSeNetV2 (https://arxiv.org/abs/2004.02147) trained on CelebAMask-HQ: takes an upright head of `size` px. */
export function createSegmenter(session: Session, { size, step = 1, classes }: SegmenterSettings): Segmenter {
  const mapSize = size / step;
  const image: FloatTensor = { data: new Float32Array(3 * size * size), shape: [1, 3, size, size] };
  const [output] = session.outputs;
  if (output?.name !== 'probabilities' || output.shape.join() !== [1, mapSize, mapSize, classes].join()) {
    throw new Error(`The segmenter does not give ${classes} classes for ${mapSize}x${mapSize} px.`);
  }
  const probabilities: FloatTensor = {
    data: new Float32Array(mapSize * mapSize * classes),
    shape: [1, mapSize, mapSize, classes],
  };
  return {
    async segment(pyramid, frame, square) {
      // The last pixels continue beyond the border: to the network, black would look like hair or a shadow.
      samplePhoto(pyramid, { size, toPhoto: squareToPhoto(frame, square, size), beyond: 'nearest' }, image.data);
      await session.run({ image }, { probabilities });
      return { data: probabilities.data, size: mapSize, classes, step };
    },
  };
}

/** The class with the highest value among `classes` from `start` on; the lower id among equals. */
export function likeliestAt(values: ArrayLike<number>, start: number, classes: number): number {
  let best = 0;
  let most = -Infinity;
  for (let c = 0; c < classes; c++) {
    // `!`: callers stay inside their grids.
    const value = values[start + c]!;
    if (value > most) {
      best = c;
      most = value;
    }
  }
  return best;
}

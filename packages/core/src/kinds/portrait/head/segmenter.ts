import { AppError } from '@m2fp/contract';
import type { FloatTensor, Session, TensorInfo } from '../../../model/session.ts';
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

/**
 * BiSeNetV2 (https://arxiv.org/abs/2004.02147) trained on CelebAMask-HQ: takes an upright head of `size` px. Throws
 * `model_unavailable`, as `segment` does, if the network's output is not what the settings say.
 */
export function createSegmenter(session: Session, { size, step = 1, classes }: SegmenterSettings): Segmenter {
  const mapSize = size / step;
  const shape = [1, mapSize, mapSize, classes];
  const output = session.outputs.find(({ name }) => name === 'probabilities');
  if (!output) throw unfit('it has no output called "probabilities"');
  if (!canBe(output.shape, shape)) throw unfit(misfit(output.shape, shape));
  const image: FloatTensor = { data: new Float32Array(3 * size * size), shape: [1, 3, size, size] };
  /** What the first run gave: later ones write into it, unless their results have to be converted anyway. */
  let reused: FloatTensor | undefined;
  return {
    async segment(pyramid, frame, square) {
      // The last pixels continue beyond the border: to the network, black would look like hair or a shadow.
      samplePhoto(pyramid, { size, toPhoto: squareToPhoto(frame, square, size), beyond: 'nearest' }, image.data);
      const { probabilities } = await session.run({ image }, reused ? { probabilities: reused } : ['probabilities']);
      if (probabilities?.shape.join() !== shape.join()) throw unfit(misfit(probabilities?.shape ?? [], shape));
      if (output.type === 'float32') reused ??= probabilities;
      return { data: (reused ?? probabilities).data, size: mapSize, classes, step };
    },
  };
}

/** A dimension that is not fixed can be anything. */
function canBe(found: TensorInfo['shape'], expected: readonly number[]): boolean {
  const fits = found.every((size, axis) => typeof size === 'string' || size < 0 || size === expected[axis]);
  return found.length === expected.length && fits;
}

function misfit(found: TensorInfo['shape'], expected: readonly number[]): string {
  return `its output "probabilities" is [${found.join(', ')}], where [${expected.join(', ')}] would be read`;
}

function unfit(why: string): AppError {
  return new AppError('model_unavailable', `The segmenter does not fit: ${why}.`);
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

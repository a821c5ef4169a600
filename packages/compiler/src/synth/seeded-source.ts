import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import type { Shape, TensorSource } from '../checkpoint/tensor-source.ts';
import { fillInitialValues } from './initial-values.ts';
import { createRandomNumbers } from './random-numbers.ts';

export interface SeededSourceOptions {
  /** Every tensor of the network. */
  shapes: ReadonlyMap<string, Shape>;
  /** Any whole number. The same seed gives the same weights on every machine, in whatever order they are read. */
  seed: number;
}

/** Random weights in a checkpoint's place, made when read: what they find in a photo means nothing. */
export function createSeededSource({ shapes, seed }: SeededSourceOptions): TensorSource {
  return {
    description: `random weights of seed ${seed}`,
    names: () => [...shapes.keys()],
    shape: (name) => shapes.get(name),
    read: async (name) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw checkpointError(`There is no tensor ${name} among the random weights.`);
      return fillInitialValues(name, shape, createRandomNumbers(seed, name));
    },
  };
}

import { createHash } from 'node:crypto';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import type { Shape, TensorSource } from '../checkpoint/tensor-source.ts';
import { fillInitialValues, type RandomNumbers } from './initial-values.ts';

interface SeededSourceOptions {
  /** Every tensor of the network. */
  shapes: ReadonlyMap<string, Shape>;
  /** Any whole number. The same seed gives the same weights on every machine, in whatever order they are read. */
  seed: number;
}

/**
 * Random weights in place of a checkpoint, generated on reading. What such a network finds in a photo means nothing.
 */
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

/**
 * A stream of random numbers for one name and seed, independent of all others: Chris Doty-Humphrey's sfc32, seeded by a
 * SHA-256. Integer arithmetic only, so that every machine gives the same bits.
 */
export function createRandomNumbers(seed: number, name: string): RandomNumbers {
  const digest = createHash('sha256').update(`${seed}/${name}`).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum * 2 ** -31;
  };
}

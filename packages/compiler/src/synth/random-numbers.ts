import { createHash } from 'node:crypto';

/** Gives numbers spread evenly over [-1, 1). */
export type RandomNumbers = () => number;

/**
 * A stream of random numbers that belongs to one name under one seed, whatever else was drawn before. Chris
 * Doty-Humphrey's sfc32, started from a SHA-256: integer arithmetic only, so that every machine gives the same bits.
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

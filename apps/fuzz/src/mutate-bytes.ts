/** Changes to bytes of any kind. None of them changes its input. */
import type { Random } from '@m2fp/bench';

export type ByteMutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** Values that code tends to be wrong about. */
const edgeBytes = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff] as const;

/** No mutation may grow an input beyond this. */
export const maxInputBytes = 4 * 2 ** 20;

export function cut(bytes: Buffer, from: number, to: number, between: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([bytes.subarray(0, from), between, bytes.subarray(to)]);
}

/** Two places in order. */
function range(length: number, random: Random): [from: number, to: number] {
  const from = random.below(length);
  return [from, Math.min(length, from + random.magnitude(1, Math.max(1, length)))];
}

export const byteMutations: Readonly<Record<string, ByteMutation>> = {
  'bit flips': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let count = random.magnitude(1, 200); count > 0; count--) {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }
    return copy;
  },

  'bytes set': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let count = random.magnitude(1, 50); count > 0; count--) {
      copy[random.below(copy.length)] = random.chance(0.5) ? random.pick(edgeBytes) : random.below(256);
    }
    return copy;
  },

  // Headers are where a byte says most.
  'head set': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let count = random.magnitude(1, 12); count > 0; count--) {
      copy[random.below(Math.min(copy.length, 64))] = random.chance(0.5) ? random.pick(edgeBytes) : random.below(256);
    }
    return copy;
  },

  'a number set': (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length < 8) return copy;
    const value = random.pick([0, 1, 2, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, copy.length]);
    const at = random.below(copy.length - 4);
    if (random.chance(0.5)) copy.writeUInt32BE(value, at);
    else copy.writeUInt32LE(value, at);
    return copy;
  },

  truncated: (bytes, random) => bytes.subarray(0, random.below(bytes.length)),

  'a part gone': (bytes, random) => cut(bytes, ...range(bytes.length, random)),

  'a part twice': (bytes, random) => {
    const [from, to] = range(bytes.length, random);
    return cut(bytes, to, to, bytes.subarray(from, to));
  },

  'a part many times': (bytes, random) => {
    const from = random.below(bytes.length);
    const part = bytes.subarray(from, from + random.magnitude(1, 256));
    const times = Math.min(random.magnitude(2, 20_000), Math.floor((maxInputBytes - bytes.length) / part.length));
    return cut(bytes, from, from, Buffer.concat(Array.from({ length: Math.max(0, times) }, () => part)));
  },

  'random bytes put in': (bytes, random) => {
    const at = random.below(bytes.length);
    return cut(bytes, at, at, random.bytes(random.magnitude(1, 4_096)));
  },

  'two files spliced': (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]),

  'something behind the end': (bytes, random, other) =>
    Buffer.concat([bytes, random.chance(0.5) ? other : random.bytes(random.magnitude(1, 65_536))]),
};

/** Networks' outputs from a seed, for tests. */
import type { NetworkOutput } from '../../src/parsing/network/network-output.ts';
import type { ResizeSteps, Size } from '../../src/parsing/resize/resize-steps.ts';
import { resizeMap } from './naive-resize.ts';

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Blobs of both signs, like a network's mask logits; `offset` moves their mean. */
export function randomMask(random: () => number, size: Size, offset = 0): Float32Array {
  const coarse = { width: 2 + Math.floor(random() * 6), height: 2 + Math.floor(random() * 6) };
  const values = Float32Array.from({ length: coarse.width * coarse.height }, () => 12 * (random() - 0.5) + offset);
  return resizeMap(values, coarse, size);
}

/** Logits of 8 to 40 px per side, any cut of the padded input, a photo smaller or larger than that. */
export function randomSteps(random: () => number): ResizeSteps {
  const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const logits = { width: 8 * int(1, 5), height: 8 * int(1, 5) };
  const padded = { width: 4 * logits.width, height: 4 * logits.height };
  const x0 = random() < 0.5 ? 0 : int(0, padded.width - 2);
  const y0 = random() < 0.5 ? 0 : int(0, padded.height - 2);
  const cut = { x0, y0, x1: int(x0 + 1, padded.width), y1: int(y0 + 1, padded.height) };
  return { logits, padded, cut, photo: { width: int(1, 260), height: int(1, 260) } };
}

export function randomOutput(random: () => number, maskSize: Size, queries: number, classes: number): NetworkOutput {
  const masks = new Float32Array(queries * maskSize.width * maskSize.height);
  for (let query = 0; query < queries; query++) {
    masks.set(randomMask(random, maskSize, 4 * random() - 3), query * maskSize.width * maskSize.height);
  }
  const logits = Float32Array.from({ length: queries * (classes + 1) }, () => 5 * random());
  return { queries, classes, logits, masks, maskSize };
}

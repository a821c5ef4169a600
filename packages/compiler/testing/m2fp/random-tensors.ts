import type { Shape, TensorSource } from '../../src/checkpoint/tensor-source.ts';

/**
 * Random tensors in which nothing is neutral: no zero bias, no unit statistics, sampling offsets of several pixels, so
 * that a layer left out or applied twice shows. Scaled so that values neither vanish nor overflow through the layers.
 * Each read gives a fresh copy; a name and a seed always give the same values.
 */
export function randomTensors(shapes: ReadonlyMap<string, Shape>, seed: number): TensorSource {
  return {
    description: `random tensors, seed ${seed}`,
    names: () => [...shapes.keys()],
    shape: (name) => shapes.get(name),
    read: async (name) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw new Error(`no random tensor ${name}`);
      return randomTensor(name, shape, seed);
    },
  };
}

function randomTensor(name: string, shape: Shape, seed: number): Float32Array {
  const random = createRandom(seed, name);
  const [low, high] = bounds(name, shape);
  const count = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
}

function bounds(name: string, shape: Shape): [low: number, high: number] {
  if (name.endsWith('running_var')) return [0.6, 1.6];
  if (name.endsWith('conv3.norm.weight')) return [0.2, 0.5];
  if (name.endsWith('sampling_offsets.bias')) return [-5, 5];
  if (shape.length === 1) return name.endsWith('bias') || name.endsWith('running_mean') ? [-0.4, 0.4] : [0.6, 1.4];
  if (/embed|query/.test(name) && !name.includes('_embed.')) return [-1.5, 1.5];
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
  const gain = shape.length === 4 ? 2 : 1.5;
  return [-Math.sqrt((3 * gain) / inputs), Math.sqrt((3 * gain) / inputs)];
}

/** Numbers in 0..1, the same on every machine (mulberry32). */
export function createRandom(seed: number, name = ''): () => number {
  let state = seed >>> 0;
  for (const character of name) state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

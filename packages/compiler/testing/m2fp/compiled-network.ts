import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type FloatTensor } from '@m2fp/core/model';
import type { TensorSource } from '../../src/checkpoint/tensor-source.ts';
import type { Architecture } from '../../src/m2fp/architecture.ts';
import { writeGraph } from '../../src/m2fp/convert.ts';
import { createRandom } from './random-tensors.ts';

interface CompiledNetwork {
  /** `image` is [3, height, width], normalized. */
  run(image: FloatTensor): Promise<{ logits: FloatTensor; masks: FloatTensor }>;
  close(): Promise<void>;
}

/** Compiles a network and loads it, as a bundle would be. */
export async function compileNetwork(source: TensorSource, architecture: Architecture): Promise<CompiledNetwork> {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-network-'));
  await writeGraph(source, architecture, dir);
  const session = await createSession(join(dir, 'model.onnx'), { threads: 1 });
  return {
    async run({ data, shape }) {
      const { pred_logits: logits, pred_masks: masks } = await session.run({ image: { data, shape: [1, ...shape] } });
      if (!logits || !masks) throw new Error('an output is missing');
      return { logits, masks };
    },
    async close() {
      await session.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** A normalized image [3, height, width]: smooth shapes and some noise. */
export function randomImage(height: number, width: number, seed = 1): FloatTensor {
  const random = createRandom(seed);
  const waves = Array.from({ length: 12 }, () => [random() * 0.2, random() * 0.2, random() * 6] as const);
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    const own = waves.slice(4 * c, 4 * c + 4);
    return own.reduce((sum, [dy, dx, phase]) => sum + 0.5 * Math.sin(dy * y + dx * x + phase), 0.3 * (random() - 0.5));
  });
  return { data, shape: [3, height, width] };
}

/** The largest difference, as a share of the range of what is expected. */
export function relativeDifference(found: Float32Array, expected: ArrayLike<number> & Iterable<number>): number {
  if (found.length !== expected.length) throw new Error(`${found.length} values, not ${expected.length}`);
  let largest = 0;
  let [low, high] = [Infinity, -Infinity];
  for (const [i, value] of [...expected].entries()) {
    const difference = Math.abs((found[i] ?? NaN) - value);
    // Not-a-number differs from everything.
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return largest / (high - low);
}

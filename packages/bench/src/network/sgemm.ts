import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGraph, encodeModel } from '@m2fp/compiler/onnx';
import { createSession } from '@m2fp/core/model';
import { percentile } from '../measurement.ts';

const side = 2048;

/** The machine's rate at single-precision matrix products: what a network's time can be compared with. */
export interface Sgemm {
  /** Median of `runs` products, GFLOP/s: what it is compared with is also a median, on the same noisy machine. */
  measure(runs: number): Promise<number>;
}

/** A 2048-cubed MatMul in onnxruntime, with as many threads as the network. */
export async function createSgemm(threads: number): Promise<Sgemm> {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-sgemm-'));
  try {
    const path = join(dir, 'sgemm.onnx');
    const g = createGraph({ name: 'sgemm' });
    const a = g.input('a', 'float32', [side, side]);
    const b = g.input('b', 'float32', [side, side]);
    g.output(g.node('MatMul', [a, b]), 'c', 'float32', [side, side]);
    await writeFile(path, encodeModel(g.build()));
    const session = await createSession(path, { threads });
    const matrix = { data: new Float32Array(side * side).fill(0.5), shape: [side, side] };
    const run = async (): Promise<number> => {
      const start = performance.now();
      await session.run({ a: matrix, b: matrix });
      return performance.now() - start;
    };
    await run();
    return {
      async measure(runs) {
        const times: number[] = [];
        while (times.length < runs) times.push(await run());
        return (2 * side ** 3) / (percentile(times, 0.5) * 1e6);
      },
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

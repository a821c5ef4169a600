import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import { readGoldenCases } from '../golden/golden-cases.ts';
import { relativeDifference } from '../../testing/m2fp/compiled-network.ts';
import type { ModelJson } from '../../testing/m2fp/plain-network/model-json.ts';
import { plainNetwork } from '../../testing/m2fp/plain-network/plain-network.ts';
import type { Tensor } from '../../testing/m2fp/plain-network/tensor.ts';

const mean = [123.675, 116.28, 103.53];
const std = [58.395, 57.12, 57.375];

describe('the plain network', () => {
  it.each(['people', 'single', 'edge'])('computes what the reference does: golden/%s', async (folder) => {
    const dir = fileURLToPath(new URL(`../../../../test/golden/${folder}`, import.meta.url));
    const { model } = JSON.parse(await readFile(join(dir, 'configuration.json'), 'utf8')) as { model: ModelJson };
    const parameters = await readParameters(dir);
    let cases = 0;
    for await (const { input, output } of readGoldenCases(dir)) {
      const { logits, masks } = plainNetwork(normalize(input), parameters, model);
      expect(relativeDifference(output.pred_logits.data, logits.data)).toBeLessThan(5e-6);
      expect(relativeDifference(output.pred_masks.data, masks.data)).toBeLessThan(5e-6);
      if (++cases === 2) break;
    }
    expect(cases).toBe(2);
  });
});

async function readParameters(dir: string): Promise<(name: string) => Tensor> {
  const checkpoint = await openCheckpoint(dir);
  const { source } = checkpoint;
  const all = new Map<string, Tensor>();
  for (const name of source.names()) {
    all.set(name, { data: Float64Array.from(await source.read(name)), shape: source.shape(name) ?? [] });
  }
  await checkpoint.close();
  return (name) => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`the checkpoint has no tensor ${name}`);
    return found;
  };
}

/** RGB planes 0..255 to a normalized image, padded by zeros to multiples of 32. */
function normalize({ data, width, height }: { data: Float32Array; width: number; height: number }): Tensor {
  const [rows, columns] = [Math.ceil(height / 32) * 32, Math.ceil(width / 32) * 32];
  const padded = new Float64Array(3 * rows * columns);
  for (let i = 0; i < data.length; i++) {
    const [c, y, x] = [Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width];
    padded[(c * rows + y) * columns + x] = ((data[i] ?? NaN) - (mean[c] ?? NaN)) / (std[c] ?? NaN);
  }
  return { data: padded, shape: [3, rows, columns] };
}

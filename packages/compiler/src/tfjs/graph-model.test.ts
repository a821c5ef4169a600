import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGraphModel } from './graph-model.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-tfjs-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function writeModel(model: unknown): Promise<string> {
  await writeFile(join(dir, 'model.json'), JSON.stringify(model));
  return join(dir, 'model.json');
}

describe('reading a tfjs graph model', () => {
  it('joins the shards of a group, even inside of a number', async () => {
    const bytes = Buffer.from(Float32Array.of(1, 2, 3).buffer);
    await writeFile(join(dir, 'a.bin'), bytes.subarray(0, 6));
    await writeFile(join(dir, 'b.bin'), bytes.subarray(6));
    const path = await writeModel({
      format: 'graph-model',
      generatedBy: 'somebody',
      modelTopology: { node: [{ name: 'w', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } }] },
      weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [{ name: 'w', shape: [3], dtype: 'float32' }] }],
    });
    const model = await readGraphModel(path);
    expect(model.weights.get('w')?.data).toEqual(Float32Array.of(1, 2, 3));
    expect(model.nodes.get('w')?.input).toEqual([]);
  });

  it('refuses another kind of model and a missing shard', async () => {
    await expect(readGraphModel(await writeModel({ format: 'layers-model' }))).rejects.toThrow('no tfjs graph model');
    const missing = await writeModel({
      format: 'graph-model',
      modelTopology: { node: [{ name: 'w', op: 'Const' }] },
      weightsManifest: [{ paths: ['gone.bin'], weights: [] }],
    });
    await expect(readGraphModel(missing)).rejects.toThrow('gone.bin');
  });
});

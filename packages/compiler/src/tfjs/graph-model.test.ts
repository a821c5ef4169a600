import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeWeights, readGraphModel, type WeightSpec } from './graph-model.ts';

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
  it('joins the shards of a group, even in the middle of a number', async () => {
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
    await expect(readGraphModel(await writeModel({ format: 'layers-model' }))).rejects.toThrow(
      'not a tfjs graph model',
    );
    const missing = await writeModel({
      format: 'graph-model',
      modelTopology: { node: [{ name: 'w', op: 'Const' }] },
      weightsManifest: [{ paths: ['gone.bin'], weights: [] }],
    });
    await expect(readGraphModel(missing)).rejects.toThrow('gone.bin');
  });
});

function decodeOne(spec: Omit<WeightSpec, 'name'>, bytes: Uint8Array): number[] {
  const [decoded] = [...decodeWeights([{ name: 'w', ...spec } as WeightSpec], bytes)];
  return Array.from(decoded?.[1].data ?? []);
}

describe('decoding weights', () => {
  it('splits the bytes into tensors, at any offset of their buffer', () => {
    const bytes = Buffer.concat([
      Buffer.from([9]),
      Buffer.from(Float32Array.of(1.5, -2).buffer),
      Buffer.from([7, 0, 0, 0]),
    ]);
    const specs = [
      { name: 'a', shape: [2], dtype: 'float32' },
      { name: 'b', shape: [], dtype: 'int32' },
    ];
    const decoded = [...decodeWeights(specs, bytes.subarray(1))];
    expect(decoded).toEqual([
      ['a', { shape: [2], data: Float32Array.of(1.5, -2) }],
      ['b', { shape: [], data: Int32Array.of(7) }],
    ]);
  });

  it('scales what was quantized to 8 and 16 bits', () => {
    const spec = { shape: [3], dtype: 'float32' };
    expect(
      decodeOne({ ...spec, quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }, Uint8Array.of(0, 2, 255)),
    ).toEqual([-1, 0, 126.5]);
    const wide = new Uint8Array(Uint16Array.of(0, 4, 65535).buffer);
    expect(decodeOne({ ...spec, quantization: { dtype: 'uint16', scale: 2, min: 10 } }, wide)).toEqual([
      10, 18, 131080,
    ]);
  });

  it('reads half floats: normal, subnormal, signed zero, infinite', () => {
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7c00, 0x3555).buffer);
    const values = decodeOne({ shape: [6], dtype: 'float32', quantization: { dtype: 'float16' } }, halves);
    expect(values).toEqual([1, -2, 2 ** -24, -0, Infinity, Math.fround(0.333251953125)]);
  });

  it('refuses shards that are too short and dtypes that are not numbers', () => {
    expect(() => decodeOne({ shape: [3], dtype: 'float32' }, new Uint8Array(8))).toThrow('shards end before w');
    expect(() => decodeOne({ shape: [1], dtype: 'string' }, new Uint8Array(8))).toThrow('dtype string');
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGraph, float } from './graph-builder.ts';
import { decodeModel, encodeModel } from './onnx-schema.ts';
import { createWeightFile } from './weight-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-onnx-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function buildDoubler(): Promise<string> {
  const weights = createWeightFile(join(dir, 'model.bin'));
  const g = createGraph({ name: 'doubler', weights });
  const x = g.input('x', 'float32', ['rows', 32]);
  const w = g.constant(
    'w',
    Float32Array.from({ length: 32 * 32 }, (_, i) => (i % 33 === 0 ? 2 : 0)),
    [32, 32],
  );
  const b = g.constant('b', new Float32Array(32).fill(1), [32]);
  g.output(g.node('Gemm', [x, w, b], { alpha: float(1) }), 'y', 'float32', ['rows', 32]);
  weights.close();
  const path = join(dir, 'model.onnx');
  await writeFile(path, encodeModel(g.build({ about: 'a test' })));
  return path;
}

describe('graph builder', () => {
  it('writes a model with external weights that onnxruntime runs', async () => {
    const session = await InferenceSession.create(await buildDoubler());
    const { y } = await session.run({
      x: new Tensor(
        'float32',
        Float32Array.from({ length: 64 }, (_, i) => i),
        [2, 32],
      ),
    });
    expect(Array.from(y?.data as Float32Array)).toEqual(Array.from({ length: 64 }, (_, i) => 2 * i + 1));
    await session.release();
  });

  it('reads back what it wrote', async () => {
    const model = decodeModel(await readFile(await buildDoubler()));
    expect(model.graph.node.map((node) => node.op_type)).toEqual(['Gemm', 'Identity']);
    expect(model.graph.initializer.map((tensor) => [tensor.name, tensor.dims, tensor.data_location ?? 0])).toEqual([
      ['w', [32, 32], 1],
      ['b', [32], 0],
    ]);
    expect(Buffer.from(encodeModel(model)).equals(await readFile(join(dir, 'model.onnx')))).toBe(true);
  });

  it('aligns every external tensor to a page', () => {
    const weights = createWeightFile(join(dir, 'aligned.bin'));
    expect(weights.append(new Uint8Array(5000))).toEqual({ offset: 0, length: 5000 });
    expect(weights.append(new Uint8Array(10))).toEqual({ offset: 8192, length: 10 });
    weights.close();
  });

  it('refuses a tensor whose values do not fill its shape, and an unmarked float', () => {
    const g = createGraph({ name: 'wrong' });
    expect(() => g.constant('w', new Float32Array(5), [2, 3])).toThrow('w: 5 values do not fill [2, 3]');
    expect(() => g.node('Elu', [g.scalar(1)], { alpha: 0.5 })).toThrow('attribute alpha: 0.5');
  });

  it('shares equal constants and numbers equal names', () => {
    const g = createGraph({ name: 'names' });
    expect(g.ints([1, 2])).toBe(g.ints([1, 2]));
    expect(g.node('Relu', [g.scalar(0)]).name).not.toBe(g.node('Relu', [g.scalar(0)]).name);
  });

  it('refuses an input or an output whose name is taken, because callers could not find it', () => {
    const g = createGraph({ name: 'clash' });
    const image = g.input('image', 'float32', [1]);
    expect(() => g.input('image', 'float32', [1])).toThrow('already has a value called image');
    expect(() => g.output(image, 'image', 'float32', [1])).toThrow('already has a value called image');
    g.node('Relu', [image], {}, { name: 'masks' });
    expect(() => g.output(image, 'masks', 'float32', [1])).toThrow('already has a value called masks');
    const { graph } = g.build();
    expect([graph.input.length, graph.output.length, graph.node.length]).toEqual([1, 0, 1]);
  });

  it('keeps names unique that look like numbered ones', () => {
    const g = createGraph({ name: 'names' });
    const x = g.input('x', 'float32', [1]);
    const names = ['a', 'a#1', 'a', 'a'].map((name) => g.node('Relu', [x], {}, { name }).name);
    expect(new Set(names).size).toBe(4);
  });
});

describe('deferred constants', () => {
  it('are read one at a time, and written in the order in which all constants were declared', async () => {
    const weights = createWeightFile(join(dir, 'model.bin'));
    const g = createGraph({ name: 'deferred', weights });
    const filled = (value: number) => new Float32Array(300).fill(value);
    let reading = 0;
    const read = (value: number) => async () => {
      expect(reading++).toBe(0);
      await Promise.resolve();
      reading--;
      return filled(value);
    };
    g.constant('first', filled(1), [300]);
    g.deferredConstant('second', read(2), [300]);
    g.constant('third', filled(3), [300]);
    g.deferredConstant('fourth', read(4), [300]);
    expect(() => g.build()).toThrow('3 constants are not written yet');
    await g.writeConstants();
    weights.close();
    const { initializer } = g.build().graph;
    expect(initializer.map(({ name }) => name)).toEqual(['first', 'second', 'third', 'fourth']);
    const bytes = await readFile(join(dir, 'model.bin'));
    expect([0, 1, 2, 3].map((page) => bytes.readFloatLE(4096 * page))).toEqual([1, 2, 3, 4]);
  });

  it('are refused if their values do not fill their shape', async () => {
    const g = createGraph({ name: 'wrong' });
    g.deferredConstant('w', async () => new Float32Array(5), [2, 3]);
    await expect(g.writeConstants()).rejects.toThrow('w: 5 values do not fill [2, 3]');
  });
});

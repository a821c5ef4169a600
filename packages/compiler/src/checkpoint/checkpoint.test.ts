import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint, type Checkpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import type { PickleValue } from './pickle-values.ts';
import {
  dict,
  numpyScalar,
  orderedDict,
  parameterValue,
  systemCall,
  tensorValue,
} from '../../testing/checkpoint/torch-values.ts';
import { storageOf, writeTorchZip, type TorchZip } from '../../testing/checkpoint/torch-zip-writer.ts';
import { writeCheckpoint } from '../../testing/checkpoint/write-checkpoint.ts';

let dir: string;
let opened: Checkpoint[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((checkpoint) => checkpoint.close()));
  await rm(dir, { recursive: true });
});

async function open(folder = dir): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(folder);
  opened.push(checkpoint);
  return checkpoint;
}

async function openZip(zip: TorchZip): Promise<Checkpoint> {
  await writeFile(join(dir, 'configuration.json'), '{}');
  await writeTorchZip(join(dir, 'pytorch_model.pt'), zip);
  return open();
}

/** A checkpoint with one tensor `x` on one storage, `0`. */
async function readOne(
  tensor: PickleValue,
  values: ArrayBufferView,
  options: Partial<TorchZip> = {},
): Promise<number[]> {
  const root = dict({ model: orderedDict([['x', tensor]]) });
  const { source } = await openZip({ root, storages: [storageOf('0', values)], ...options });
  return [...(await source.read('x'))];
}

describe('the golden checkpoints', () => {
  it.each(['people', 'single', 'edge'])('%s: names and shapes are those that PyTorch reports', async (folder) => {
    const golden = new URL(`../../../../test/golden/${folder}`, import.meta.url).pathname;
    const shapes = JSON.parse(await readFile(join(golden, 'state_dict_shapes.json'), 'utf8')) as Record<
      string,
      number[]
    >;
    const { source, configuration, otherEntries } = await open(golden);
    expect(Object.fromEntries(source.names().map((name) => [name, source.shape(name)]))).toEqual(shapes);
    expect(configuration).toMatchObject({ model: { type: 'm2fp' } });
    expect(otherEntries).toEqual([]);
    for (const name of source.names()) {
      const values = await source.read(name);
      expect(values).toHaveLength((shapes[name] ?? []).reduce((product, size) => product * size, 1));
      expect(values.every(Number.isFinite), name).toBe(true);
    }
  });
});

describe('kinds of storage', () => {
  const description = { key: '0', shape: [4], itemCount: 4 };
  it.each([
    ['FloatStorage', new Float32Array([1.5, -2, 0, 1e-30]), [1.5, -2, 0, Math.fround(1e-30)]],
    ['DoubleStorage', new Float64Array([1.5, -2, 0, 0.1]), [1.5, -2, 0, Math.fround(0.1)]],
    // 1, -2, the largest half, and the smallest above zero.
    ['HalfStorage', new Uint16Array([0x3c00, 0xc000, 0x7bff, 0x0001]), [1, -2, 65504, 2 ** -24]],
    [
      'HalfStorage',
      new Uint16Array([0x7c00, 0xfc00, 0x03ff, 0x3555]),
      [Infinity, -Infinity, 1023 * 2 ** -24, 0.333251953125],
    ],
    ['BFloat16Storage', new Uint16Array([0x3f80, 0xc000, 0x7f7f, 0x3eab]), [1, -2, 3.3895313892515355e38, 0.333984375]],
    ['LongStorage', new BigInt64Array([1n, -2n, 264_999n, -(2n ** 40n)]), [1, -2, 264_999, -(2 ** 40)]],
    ['IntStorage', new Int32Array([1, -2, 3, -(2 ** 31)]), [1, -2, 3, -(2 ** 31)]],
    ['ShortStorage', new Int16Array([1, -2, 3, -32768]), [1, -2, 3, -32768]],
    ['CharStorage', new Int8Array([1, -2, 3, -128]), [1, -2, 3, -128]],
    ['ByteStorage', new Uint8Array([1, 2, 3, 255]), [1, 2, 3, 255]],
    ['BoolStorage', new Uint8Array([1, 0, 0, 1]), [1, 0, 0, 1]],
  ])('%s', async (storageType, stored, expected) => {
    expect(await readOne(tensorValue({ ...description, storageType }), stored)).toEqual(expected);
  });

  it('reads a half-precision NaN as NaN', async () => {
    const tensor = tensorValue({ ...description, storageType: 'HalfStorage' });
    expect((await readOne(tensor, new Uint16Array([0x7e00, 0, 0, 0])))[0]).toBeNaN();
  });
});

describe('views', () => {
  const twelve = Float32Array.from({ length: 12 }, (_, index) => index);
  it.each([
    ['row-major', [3, 4], [4, 1], 0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['transposed', [4, 3], [1, 4], 0, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['a column from the middle', [3], [4], 2, [2, 6, 10]],
    ['channels last', [1, 2, 2, 3], [12, 1, 6, 2], 0, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]],
    ['a slice at the end', [2, 2], [2, 1], 8, [8, 9, 10, 11]],
    ['expanded by a stride of zero', [2, 3], [0, 1], 4, [4, 5, 6, 4, 5, 6]],
    ['a size of one with an unrelated stride', [1, 3], [77, 1], 0, [0, 1, 2]],
    ['a scalar', [], [], 5, [5]],
    ['no elements at all', [0, 3], [3, 1], 0, []],
  ])('%s', async (_name, shape, strides, offset, expected) => {
    const tensor = tensorValue({ key: '0', shape, strides, offset, itemCount: 12 });
    expect(await readOne(tensor, twelve)).toEqual(expected);
  });

  it('two tensors share a storage', async () => {
    const first = tensorValue({ key: '0', shape: [5], itemCount: 12 });
    const second = tensorValue({ key: '0', shape: [2, 2], offset: 7, itemCount: 12 });
    const root = dict({
      model: orderedDict([
        ['first', first],
        ['second', second],
      ]),
    });
    const { source } = await openZip({ root, storages: [storageOf('0', twelve)] });
    expect([...(await source.read('second'))]).toEqual([7, 8, 9, 10]);
    expect([...(await source.read('first'))]).toEqual([0, 1, 2, 3, 4]);
  });

  it('reads deflated storages, whole and in part', async () => {
    const values = Float32Array.from({ length: 100_000 }, (_, index) => index % 251);
    const part = tensorValue({ key: '0', shape: [3], offset: 70_000, itemCount: values.length });
    const whole = tensorValue({ key: '0', shape: [values.length], itemCount: values.length });
    expect(await readOne(part, values, { compress: true })).toEqual([...values.subarray(70_000, 70_003)]);
    expect(await readOne(whole, values, { compress: true })).toEqual([...values]);
  });
});

describe('the root of the pickle', () => {
  const x = tensorValue({ key: '0', shape: [2], itemCount: 2 });
  const storages = [storageOf('0', new Float32Array([1, 2]))];

  it('may be the state dict itself', async () => {
    const { source } = await openZip({ root: orderedDict([['x', x]]), storages });
    expect(source.names()).toEqual(['x']);
  });

  it('may hold parameters in place of tensors', async () => {
    expect(await readOne(parameterValue(x), new Float32Array([1, 2]))).toEqual([1, 2]);
  });

  it('may hold other entries in the model, which are listed', async () => {
    const model = orderedDict([
      ['x', x],
      ['epoch', 3],
      ['_extra_state', dict({ a: null })],
    ]);
    const { source, otherEntries } = await openZip({ root: dict({ model }), storages });
    expect(source.names()).toEqual(['x']);
    expect(otherEntries).toEqual(['epoch', '_extra_state']);
  });

  it('may name anything outside the model: nothing is run and nothing is refused', async () => {
    const marker = join(dir, 'was-run');
    const root = dict({ best: numpyScalar('abc'), model: dict({ x }), evil: systemCall(`touch ${marker}`) });
    const { source } = await openZip({ root, storages });
    expect([...(await source.read('x'))]).toEqual([1, 2]);
    await expect(readFile(marker)).rejects.toThrow('ENOENT');
  });

  it('may declare that its byte order is little-endian', async () => {
    const { source } = await openZip({ root: dict({ model: dict({ x }) }), storages, byteOrder: 'little' });
    expect(source.names()).toEqual(['x']);
  });
});

describe('a checkpoint with an optimizer', () => {
  it.runIf(process.platform === 'linux')('is read without the optimizer', async () => {
    const optimizerBytes = 64 * 2 ** 20;
    const tensors = [{ name: 'x', shape: [1000], values: () => new Float32Array(1000).fill(7) }];
    await writeCheckpoint(dir, { tensors, configuration: { model: {} }, optimizerBytes });
    const before = await bytesReadByThisProcess();
    const { source } = await open();
    expect([...(await source.read('x'))]).toEqual(Array.from({ length: 1000 }, () => 7));
    expect((await bytesReadByThisProcess()) - before).toBeLessThan(optimizerBytes / 16);
  });
});

async function bytesReadByThisProcess(): Promise<number> {
  return Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

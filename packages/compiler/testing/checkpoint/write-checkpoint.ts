import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationFileName, weightsFileName } from '../../src/checkpoint/checkpoint.ts';
import { PickleDict, type PickleValue } from '../../src/checkpoint/pickle-values.ts';
import { elementCount, type Shape } from '../../src/checkpoint/tensor-source.ts';
import { dict, numpyScalar, orderedDict, tensorValue } from './torch-values.ts';
import { storageOf, writeTorchZip, type StorageBytes } from './torch-zip-writer.ts';

/** Test support: a float32 tensor of the model. `values` is called once, when the tensor is written. */
interface CheckpointTensor {
  name: string;
  shape: Shape;
  values: () => Float32Array;
}

interface CheckpointContents {
  tensors: Iterable<CheckpointTensor>;
  configuration: unknown;
  /** Size of the optimizer's part, which a training run saves along with the model; default 0. */
  optimizerBytes?: number;
}

const optimizerTensorBytes = 4 * 2 ** 20;

/**
 * Test support: writes a checkpoint folder as a training run does, `model` along with `optimizer`, `scheduler` and
 * `iteration`. Streams: one tensor is in memory at a time. All bytes of the optimizer are the same.
 */
export async function writeCheckpoint(dir: string, contents: CheckpointContents): Promise<void> {
  const tensors = [...contents.tensors];
  const model = tensors.map(({ name, shape }, index): [string, PickleValue] => [
    name,
    tensorValue({ key: String(index), shape, itemCount: elementCount(shape) }),
  ]);
  const optimizer = optimizerStorages(contents.optimizerBytes ?? 0);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, configurationFileName), `${JSON.stringify(contents.configuration, null, 2)}\n`);
  await writeTorchZip(join(dir, weightsFileName), {
    root: dict({
      model: orderedDict(model),
      optimizer: optimizerState(optimizer),
      scheduler: dict({ last_epoch: 3, base_lr: numpyScalar('\u0000') }),
      iteration: 264_999,
    }),
    storages: [...tensors.map(storageOfTensor), ...optimizer],
  });
}

function storageOfTensor({ shape, values }: CheckpointTensor, index: number): StorageBytes {
  const size = elementCount(shape) * 4;
  return { key: String(index), size, chunks: () => storageOf(String(index), values()).chunks() };
}

function optimizerStorages(bytes: number): StorageBytes[] {
  const sizes = Array.from({ length: Math.ceil(bytes / optimizerTensorBytes) }, (_, index) =>
    Math.min(optimizerTensorBytes, bytes - index * optimizerTensorBytes),
  );
  return sizes.map((size, index) => ({
    key: `optimizer${index}`,
    size,
    chunks: () => [new Uint8Array(size).fill(0x3c)],
  }));
}

function optimizerState(storages: readonly StorageBytes[]): PickleDict {
  const state = new PickleDict();
  for (const [index, { key, size }] of storages.entries()) {
    const average = tensorValue({ key, shape: [size / 4], itemCount: size / 4 });
    state.entries.push([index, dict({ step: numpyScalar('\u0000'), exp_avg: average })]);
  }
  return dict({ state, param_groups: [dict({ lr: 0.0001 })] });
}

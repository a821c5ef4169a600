import {
  PickleCall,
  PickleDict,
  PickleGlobal,
  PicklePersistentId,
  type PickleValue,
} from '../../src/checkpoint/pickle-values.ts';

/** Test support: how PyTorch writes a tensor. Strides are those of row-major order unless given. */
interface TensorDescription {
  key: string;
  shape: readonly (number | bigint)[];
  /** Items in the whole storage. */
  itemCount: number | bigint;
  storageType?: string;
  strides?: readonly (number | bigint)[];
  offset?: number | bigint;
}

export function tensorValue(description: TensorDescription): PickleCall {
  const { key, shape, itemCount, storageType = 'FloatStorage', offset = 0 } = description;
  const storage = ['storage', new PickleGlobal('torch', storageType), key, 'cpu', itemCount];
  const strides = description.strides ?? rowMajorStrides(shape.map(Number));
  return new PickleCall(new PickleGlobal('torch._utils', '_rebuild_tensor_v2'), [
    new PicklePersistentId(storage),
    offset,
    [...shape],
    [...strides],
    false,
    orderedDict([]),
  ]);
}

export function parameterValue(tensor: PickleCall): PickleCall {
  return new PickleCall(new PickleGlobal('torch._utils', '_rebuild_parameter'), [tensor, true, orderedDict([])]);
}

export function orderedDict(entries: readonly (readonly [PickleValue, PickleValue])[]): PickleCall {
  const call = new PickleCall(new PickleGlobal('collections', 'OrderedDict'), []);
  call.entries.push(...entries);
  return call;
}

export function dict(entries: Record<string, PickleValue>): PickleDict {
  const value = new PickleDict();
  value.entries.push(...Object.entries(entries));
  return value;
}

/** A number as numpy pickles it: optimizers are full of them. */
export function numpyScalar(bytes: string): PickleCall {
  const dtype = new PickleCall(new PickleGlobal('numpy', 'dtype'), ['f8', 0, 1]);
  dtype.state = [3, '<', null, null, null, -1, -1, 0];
  const encoded = new PickleCall(new PickleGlobal('_codecs', 'encode'), [bytes, 'latin1']);
  return new PickleCall(new PickleGlobal('numpy.core.multiarray', 'scalar'), [dtype, encoded]);
}

/** What a hostile pickle does: Python would run the command while loading. */
export function systemCall(command: string): PickleCall {
  return new PickleCall(new PickleGlobal('os', 'system'), [command]);
}

function rowMajorStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

/**
 * A tensor as a pickle describes it: what its numbers are, in which order, and where they are. It is either PyTorch's,
 * a view of a storage, or a NumPy array, whose bytes are in the pickle itself.
 */
import { bounds } from '@m2fp/contract';
import { type PickleBlob, PickleCall, PickleGlobal, PicklePersistentId, type PickleValue } from './pickle-values.ts';
import { elementCount, formatShape, type Shape } from './tensor-source.ts';
import { storageTypes, type StorageType } from './tensor-values.ts';

/** A quarter gibibyte of float32; the largest tensor of the published network has 2.4 million elements. */
const maxElements = bounds.tensorElements.max;
const maxDimensions = 16;

export const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
export const rebuildParameter = 'torch._utils._rebuild_parameter';

/** Where a tensor lies in its items. Offset and strides count items, not bytes. */
export interface TensorRecord {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** Items from the first that the tensor touches through the last. */
  readonly extent: number;
  readonly items: StorageRecord | ArrayRecord;
}

/** Items that the file has apart from its pickle. */
export interface StorageRecord {
  readonly key: string;
  readonly type: StorageType;
  readonly itemCount: number;
}

/** Items within the pickle: in memory, or left in the file. */
export interface ArrayRecord {
  readonly type: StorageType;
  readonly itemCount: number;
  readonly content: Uint8Array | PickleBlob;
}

/** How the pickle and the storages of a file of weights are read. Every error is `model_unavailable` and names it. */
export interface WeightsReader {
  readPickle(): Promise<PickleValue>;
  /** Refuses a storage that is missing, or that does not have the size that the pickle says. */
  assertStorage(tensor: string, storage: StorageRecord): void;
  /** `itemCount` items of a storage that was not refused, from item `start` on. */
  readStorage(storage: StorageRecord, start: number, itemCount: number): Promise<ArrayBuffer>;
  /** Only of files whose pickle has blobs. */
  readBlob?(blob: PickleBlob, length: number): Promise<ArrayBuffer>;
}

/** What is wrong with a tensor: throws, with a message that begins with its name. */
export type Fail = (what: string) => never;

/** `_rebuild_tensor_v2(storage, offset, size, stride, …)`, or a parameter around it. */
export function readTorchTensor(value: PickleCall, fail: Fail): TensorRecord {
  const call = isCallOf(value, rebuildParameter) && Array.isArray(value.args) ? value.args[0] : value;
  const args = isCallOf(call, rebuildTensor) && Array.isArray(call.args) ? call.args : [];
  const [storageId, offset, shape, strides] = args;
  if (!isIndex(offset) || !isIndexList(shape) || !isIndexList(strides) || shape.length !== strides.length) {
    return fail('is not described by a storage, an offset, a size and strides of whole numbers that are not negative');
  }
  const items = readStorageId(storageId) ?? fail('has no storage of a known kind');
  return placeTensor({ shape, strides, offset, items }, fail);
}

/** Refuses a tensor of impossible sizes, and one that does not lie within its items. */
export function placeTensor(found: Omit<TensorRecord, 'extent'>, fail: Fail): TensorRecord {
  const { shape, strides, offset, items } = found;
  if (shape.length > maxDimensions) return fail(`has ${shape.length} dimensions`);
  const count = elementCount(shape);
  if (count > maxElements) return fail(`claims to be ${formatShape(shape)}: more than ${maxElements} elements`);
  const reach = strides.reduce((sum, stride, axis) => sum + stride * ((shape[axis] ?? 1) - 1), 0);
  const extent = count === 0 ? 0 : 1 + reach;
  if (offset + extent > items.itemCount) {
    return fail(
      `is ${formatShape(shape)} and reaches item ${offset + extent} of its storage (offset ${offset}, ` +
        `strides ${formatShape(strides)}), which has ${items.itemCount}`,
    );
  }
  if (extent > maxElements) return fail(`is spread over ${extent} items: more than ${maxElements}`);
  return { shape, strides, offset, extent, items };
}

/** `('storage', torch.FloatStorage, key, device, itemCount)`; undefined for anything else. */
export function readStorageId(value: PickleValue | undefined): StorageRecord | undefined {
  if (!(value instanceof PicklePersistentId) || !Array.isArray(value.id)) return undefined;
  const [tag, kind, key, , itemCount, view] = value.id;
  const type = kind instanceof PickleGlobal ? storageTypes.get(kind.fullName) : undefined;
  if (tag !== 'storage' || type === undefined || typeof key !== 'string' || !isIndex(itemCount)) return undefined;
  // Before PyTorch 1.6 a storage could be a part of another one.
  return view === undefined || view === null ? { key, type, itemCount } : undefined;
}

export function isCallOf(value: PickleValue | undefined, fullName: string): value is PickleCall {
  return value instanceof PickleCall && value.callable instanceof PickleGlobal && value.callable.fullName === fullName;
}

function isIndex(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isIndexList(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isIndex);
}

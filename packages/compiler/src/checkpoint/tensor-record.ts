import { checkpointError } from './checkpoint-error.ts';
import { PickleCall, PickleGlobal, PicklePersistentId, type PickleValue } from './pickle/values.ts';
import { storageTypes, type StorageType } from './storage-types.ts';
import { elementCount, formatShape, type Shape } from './tensor-source.ts';

/** A quarter gibibyte of float32; the largest tensor of the published network has 2.4 million elements. */
const maxElements = 2 ** 26;
const maxDimensions = 16;

/** Where a tensor lies in its storage. Offset and strides count items, not bytes. */
export interface TensorRecord {
  readonly name: string;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** Items from the first to behind the last one that the tensor touches. */
  readonly extent: number;
  readonly storage: StorageRecord;
}

export interface StorageRecord {
  readonly key: string;
  readonly type: StorageType;
  readonly itemCount: number;
}

const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
const rebuildParameter = 'torch._utils._rebuild_parameter';

/** The only names that may stand within a model. Nothing of them is called; they say what to read. */
export const knownGlobals: ReadonlySet<string> = new Set([
  rebuildTensor,
  rebuildParameter,
  'collections.OrderedDict',
  ...storageTypes.keys(),
]);

export function isTensor(value: PickleValue): value is PickleCall {
  return isCallOf(value, rebuildTensor) || isCallOf(value, rebuildParameter);
}

/**
 * `_rebuild_tensor_v2(storage, offset, size, stride, …)`, or a parameter around it, as a record whose every element
 * lies within the storage. Throws `model_unavailable` naming the file and the tensor otherwise.
 */
export function readTensorRecord(file: string, name: string, value: PickleCall): TensorRecord {
  const fail = (what: string): never => {
    throw checkpointError(`In ${file}, tensor ${name} ${what}.`);
  };
  const call = isCallOf(value, rebuildParameter) && Array.isArray(value.args) ? value.args[0] : value;
  const args = isCallOf(call, rebuildTensor) && Array.isArray(call.args) ? call.args : [];
  const [storageId, offset, shape, strides] = args;
  if (!isIndex(offset) || !isIndexList(shape) || !isIndexList(strides) || shape.length !== strides.length) {
    return fail('is not described by a storage, an offset, a size and strides of whole numbers that are not negative');
  }
  if (shape.length > maxDimensions) return fail(`has ${shape.length} dimensions`);
  const storage = readStorageId(storageId) ?? fail('has no storage of a known kind');
  const count = elementCount(shape);
  if (count > maxElements) return fail(`claims to be ${formatShape(shape)}: more than ${maxElements} elements`);
  const extent =
    count === 0 ? 0 : 1 + strides.reduce((sum, stride, axis) => sum + stride * ((shape[axis] ?? 1) - 1), 0);
  if (offset + extent > storage.itemCount) {
    return fail(
      `is ${formatShape(shape)} and reaches item ${offset + extent} of its storage (offset ${offset}, ` +
        `strides ${formatShape(strides)}), which has ${storage.itemCount}`,
    );
  }
  if (extent > maxElements) return fail(`is spread over ${extent} items: more than ${maxElements}`);
  return { name, shape, strides, offset, extent, storage };
}

/** `('storage', torch.FloatStorage, key, device, itemCount)` */
function readStorageId(value: PickleValue | undefined): StorageRecord | undefined {
  if (!(value instanceof PicklePersistentId) || !Array.isArray(value.id)) return undefined;
  const [tag, kind, key, , itemCount] = value.id;
  const type = kind instanceof PickleGlobal ? storageTypes.get(kind.fullName) : undefined;
  if (tag !== 'storage' || type === undefined || typeof key !== 'string' || !isIndex(itemCount)) return undefined;
  return { key, type, itemCount };
}

function isCallOf(value: PickleValue | undefined, fullName: string): value is PickleCall {
  return value instanceof PickleCall && value.callable instanceof PickleGlobal && value.callable.fullName === fullName;
}

function isIndex(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isIndexList(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isIndex);
}

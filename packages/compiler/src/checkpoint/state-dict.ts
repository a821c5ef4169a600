/**
 * The tensors of a checkpoint's pickle. They are under `model`, as training runs save them, or at the root, if only the
 * weights were saved. Whatever else the root holds (optimizer, scheduler) is ignored.
 *
 * Within the model only the names that make tensors may occur, and none of them is called: they say what to read. Any
 * other is refused by name. Outside the model names are neither run nor refused; numpy's scalars in the optimizer are
 * common.
 */
import { bounds } from '@m2fp/contract';
import { checkpointError } from './checkpoint-error.ts';
import {
  PickleCall,
  PickleDict,
  type PickleEntry,
  PickleGlobal,
  PicklePersistentId,
  type PickleValue,
} from './pickle-values.ts';
import { elementCount, formatShape, type Shape } from './tensor-source.ts';
import { storageTypes, type StorageType } from './tensor-values.ts';

/** A quarter gibibyte of float32; the largest tensor of the published network has 2.4 million elements. */
const maxElements = bounds.tensorElements.max;
const maxDimensions = 16;

const orderedDict = 'collections.OrderedDict';
const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
const rebuildParameter = 'torch._utils._rebuild_parameter';
const knownGlobals: ReadonlySet<string> = new Set([
  orderedDict,
  rebuildTensor,
  rebuildParameter,
  ...storageTypes.keys(),
]);

export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorRecord>;
  /** Entries of the model that are not tensors. No network here needs one. */
  readonly otherEntries: readonly string[];
}

/** Where a tensor lies in its storage. Offset and strides count items, not bytes. */
interface TensorRecord {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** Items from the first that the tensor touches through the last. */
  readonly extent: number;
  readonly storage: StorageRecord;
}

export interface StorageRecord {
  readonly key: string;
  readonly type: StorageType;
  readonly itemCount: number;
}

/** Throws `model_unavailable`, naming the file and the tensor, for an unknown name or an impossible tensor. */
export function readStateDict(file: string, root: PickleValue): StateDict {
  const model = findModel(file, root);
  const assertKnown = createGlobalsCheck(file);
  if (model instanceof PickleCall) assertKnown('its own attributes', model.state);
  const tensors = new Map<string, TensorRecord>();
  const otherEntries: string[] = [];
  for (const [key, value] of entriesOf(model) ?? []) {
    const name = keyText(key);
    assertKnown(name, value);
    if (tensors.has(name)) throw checkpointError(`${file} has two tensors called ${name}.`);
    if (isTensor(value)) tensors.set(name, readTensor(file, name, value));
    else otherEntries.push(name);
  }
  return { tensors, otherEntries };
}

function findModel(file: string, root: PickleValue): PickleValue {
  const entries = entriesOf(root);
  if (entries === undefined) {
    const what = root instanceof PickleCall ? `a call of ${describe(root.callable)}` : describe(root);
    throw checkpointError(`The pickle in ${file} is refused: it holds ${what} and not a dictionary. Nothing was run.`);
  }
  const model = entries.findLast(([key]) => key === 'model')?.[1];
  if (model === undefined) {
    if (entries.some(([, value]) => isTensor(value))) return root;
    const keys = entries.slice(0, 10).map(([key]) => keyText(key));
    const found = keys.join(', ') || 'nothing';
    throw checkpointError(`${file} has no model entry and no tensors at its root, only: ${found}.`);
  }
  if (entriesOf(model) !== undefined) return model;
  createGlobalsCheck(file)('model', model);
  throw checkpointError(`In ${file}, model is not a dictionary of tensors.`);
}

/** The entries of a dict or an OrderedDict; undefined for anything else. */
function entriesOf(value: PickleValue): readonly PickleEntry[] | undefined {
  return value instanceof PickleDict || isCallOf(value, orderedDict) ? value.entries : undefined;
}

/**
 * Refuses a value that holds an unknown name, however deep. Without recursion, and each object once for the whole file:
 * a pickle may nest deeply, and share one large object among all of its entries.
 */
function createGlobalsCheck(file: string): (name: string, value: PickleValue) => void {
  const seen = new Set<PickleValue>();
  return (name, value) => {
    const waiting = [value];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (typeof next !== 'object' || next === null || seen.has(next)) continue;
      seen.add(next);
      if (next instanceof PickleGlobal && !knownGlobals.has(next.fullName)) {
        throw checkpointError(
          `${file} is refused: within model (${name}) its pickle asks for ${next.fullName}, which no tensor needs. ` +
            'Nothing was run.',
        );
      }
      for (const part of partsOf(next)) waiting.push(part);
    }
  };
}

function partsOf(value: PickleValue): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof PickleDict) return value.entries.flat();
  if (value instanceof PicklePersistentId) return [value.id];
  if (!(value instanceof PickleCall)) return [];
  return [value.callable, value.args, value.state, ...value.items, ...value.entries.flat()];
}

/**
 * `_rebuild_tensor_v2(storage, offset, size, stride, …)`, or a parameter around it, as a record whose every element
 * lies within the storage.
 */
function readTensor(file: string, name: string, value: PickleCall): TensorRecord {
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
  const storage = readStorage(storageId) ?? fail('has no storage of a known kind');
  const count = elementCount(shape);
  if (count > maxElements) return fail(`claims to be ${formatShape(shape)}: more than ${maxElements} elements`);
  const reach = strides.reduce((sum, stride, axis) => sum + stride * ((shape[axis] ?? 1) - 1), 0);
  const extent = count === 0 ? 0 : 1 + reach;
  if (offset + extent > storage.itemCount) {
    return fail(
      `is ${formatShape(shape)} and reaches item ${offset + extent} of its storage (offset ${offset}, ` +
        `strides ${formatShape(strides)}), which has ${storage.itemCount}`,
    );
  }
  if (extent > maxElements) return fail(`is spread over ${extent} items: more than ${maxElements}`);
  return { shape, strides, offset, extent, storage };
}

/** `('storage', torch.FloatStorage, key, device, itemCount)` */
function readStorage(value: PickleValue | undefined): StorageRecord | undefined {
  if (!(value instanceof PicklePersistentId) || !Array.isArray(value.id)) return undefined;
  const [tag, kind, key, , itemCount] = value.id;
  const type = kind instanceof PickleGlobal ? storageTypes.get(kind.fullName) : undefined;
  if (tag !== 'storage' || type === undefined || typeof key !== 'string' || !isIndex(itemCount)) return undefined;
  return { key, type, itemCount };
}

function isTensor(value: PickleValue): value is PickleCall {
  return isCallOf(value, rebuildTensor) || isCallOf(value, rebuildParameter);
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

function keyText(key: PickleValue): string {
  if (typeof key === 'string') return key;
  return typeof key === 'number' ? String(key) : describe(key);
}

function describe(value: PickleValue): string {
  if (value instanceof PickleGlobal) return value.fullName;
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'None' : `a ${typeof value}`;
}

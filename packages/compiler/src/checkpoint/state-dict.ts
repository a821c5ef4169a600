/**
 * The tensors of a checkpoint's pickle. They are under `model`, as training runs save them, or at the root, if only the
 * weights were saved. Whatever else the root holds (optimizer, scheduler) is ignored.
 *
 * Within the model only the names that make tensors may occur, and none of them is called: they say what to read. Any
 * other is refused by name. Outside the model names are neither run nor refused; numpy's scalars in the optimizer are
 * common.
 */
import { checkpointError } from './checkpoint-error.ts';
import { arrayGlobals, isArray, readArray } from './numpy-array.ts';
import {
  PickleBlob,
  PickleCall,
  PickleDict,
  type PickleEntry,
  PickleGlobal,
  type PickleValue,
  partsOf,
} from './pickle-values.ts';
import { isCallOf, readTorchTensor, rebuildParameter, rebuildTensor, type TensorRecord } from './tensor-record.ts';
import { storageTypes } from './tensor-values.ts';

const orderedDict = 'collections.OrderedDict';
const knownGlobals: ReadonlySet<string> = new Set([
  orderedDict,
  rebuildTensor,
  rebuildParameter,
  ...storageTypes.keys(),
  ...arrayGlobals,
]);

/** Where training programs put the model, the most common first; then where they put an average of its weights. */
const modelEntries = ['model', 'state_dict', 'model_state_dict', 'model_state'];
const averageEntries = ['model_ema', 'ema_model', 'ema_state', 'ema_state_dict', 'ema', 'state_dict_ema'];

export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorRecord>;
  /** Entries of the model that are not tensors. No network here needs one. */
  readonly otherEntries: readonly string[];
  /** Which of several sets of weights this is, if there was a choice. */
  readonly notes: readonly string[];
}

/** Throws `model_unavailable`, naming the file and the tensor, for an unknown name or an impossible tensor. */
export function readStateDict(file: string, root: PickleValue): StateDict {
  const { model, notes } = findModel(file, root);
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
  return { tensors, otherEntries, notes };
}

function findModel(file: string, root: PickleValue): { model: PickleValue; notes: string[] } {
  const entries = entriesOf(root);
  if (entries === undefined) {
    const what = root instanceof PickleCall ? `a call of ${describe(root.callable)}` : describe(root);
    throw checkpointError(`The pickle in ${file} is refused: it holds ${what} and not a dictionary. Nothing was run.`);
  }
  const has = (name: string) => entries.some(([key]) => key === name);
  const name = [...modelEntries, ...averageEntries].find(has);
  const model = name === undefined ? undefined : entries.findLast(([key]) => key === name)?.[1];
  if (name !== undefined && model !== undefined && entriesOf(model) !== undefined) {
    return { model, notes: describeChoice(name, averageEntries.filter(has)) };
  }
  // A dictionary of tensors is the model itself, whatever they are called.
  if (entries.some(([, value]) => isTensor(value))) return { model: root, notes: [] };
  if (name === undefined || model === undefined) throw checkpointError(describeStranger(file, entries));
  createGlobalsCheck(file)(name, model);
  throw checkpointError(`In ${file}, ${name} is not a dictionary of tensors.`);
}

/** An average of the weights over the training run is never taken in place of the weights without being asked. */
function describeChoice(taken: string, averages: readonly string[]): string[] {
  if (averageEntries.includes(taken)) return [`The weights are those of the entry ${taken}: there is no model entry.`];
  const others = averages.join(', ');
  return averages.length === 0
    ? []
    : [`The weights are those of the entry ${taken}; ${others} is there too and unused.`];
}

function describeStranger(file: string, entries: readonly PickleEntry[]): string {
  const keys = entries.map(([key]) => keyText(key));
  if (keys.includes('blobs'))
    return `${file} is from Caffe2 (Detectron 1) and not a checkpoint of PyTorch or detectron2.`;
  const found = keys.slice(0, 10).join(', ') || 'nothing';
  return `${file} has no model entry and no tensors at its root, only: ${found}.`;
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

function readTensor(file: string, name: string, value: PickleCall): TensorRecord {
  const fail = (what: string): never => {
    throw checkpointError(`In ${file}, tensor ${name} ${what}.`);
  };
  return isArray(value) ? readArray(value, fail) : readTorchTensor(value, fail);
}

function isTensor(value: PickleValue): value is PickleCall {
  return isCallOf(value, rebuildTensor) || isCallOf(value, rebuildParameter) || isArray(value);
}

function keyText(key: PickleValue): string {
  if (typeof key === 'string') return key;
  return typeof key === 'number' ? String(key) : describe(key);
}

function describe(value: PickleValue): string {
  if (value instanceof PickleGlobal) return value.fullName;
  if (Array.isArray(value)) return 'a list';
  if (value instanceof PickleBlob) return 'a long text';
  return value === null ? 'None' : `a ${typeof value}`;
}

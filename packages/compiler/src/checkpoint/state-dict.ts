import { checkpointError } from './checkpoint-error.ts';
import {
  PickleCall,
  PickleDict,
  PickleGlobal,
  PicklePersistentId,
  type PickleEntry,
  type PickleValue,
} from './pickle/values.ts';
import { isTensor, knownGlobals, readTensorRecord, type TensorRecord } from './tensor-record.ts';

export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorRecord>;
  /** Entries of the model that are no tensors. No network here needs one. */
  readonly otherEntries: readonly string[];
}

/**
 * The tensors of a checkpoint's pickle. They stand under `model`, as training runs save them; or, where somebody kept
 * the weights alone, at the root. Whatever else the root holds (optimizer, scheduler) is not looked at.
 *
 * Within the model only the names that make tensors may occur: any other is refused with `model_unavailable`, by name.
 * Outside it names are neither run nor refused; numpy's scalars in the optimizer are an everyday case.
 */
export function readStateDict(file: string, root: PickleValue): StateDict {
  const model = findModel(file, root);
  const state = model instanceof PickleCall ? model.state : null;
  assertKnownGlobals(file, 'its own attributes', state);
  const tensors = new Map<string, TensorRecord>();
  const otherEntries: string[] = [];
  for (const [key, value] of entriesOf(model) ?? []) {
    const name = keyText(key);
    assertKnownGlobals(file, name, value);
    if (tensors.has(name)) throw checkpointError(`${file} has two tensors called ${name}.`);
    if (isTensor(value)) tensors.set(name, readTensorRecord(file, name, value));
    else otherEntries.push(name);
  }
  return { tensors, otherEntries };
}

function findModel(file: string, root: PickleValue): PickleValue {
  const entries = entriesOf(root);
  if (entries === undefined) {
    const call = root instanceof PickleCall ? `a call of ${describe(root.callable)}` : describe(root);
    throw checkpointError(`The pickle in ${file} is refused: it holds ${call} and not a dictionary. Nothing was run.`);
  }
  const model = entries.findLast(([key]) => key === 'model')?.[1];
  if (model === undefined) {
    if (entries.some(([, value]) => isTensor(value))) return root;
    const keys = entries.slice(0, 10).map(([key]) => keyText(key));
    throw checkpointError(
      `${file} has no model entry and no tensors at its root, only: ${keys.join(', ') || 'nothing'}.`,
    );
  }
  if (entriesOf(model) === undefined) {
    assertKnownGlobals(file, 'model', model);
    throw checkpointError(`In ${file}, model is not a dictionary of tensors.`);
  }
  return model;
}

/** The entries of a dict or an OrderedDict; undefined for anything else. */
function entriesOf(value: PickleValue): readonly PickleEntry[] | undefined {
  if (value instanceof PickleDict) return value.entries;
  if (value instanceof PickleCall && describe(value.callable) === 'collections.OrderedDict') return value.entries;
  return undefined;
}

function keyText(key: PickleValue): string {
  if (typeof key === 'string') return key;
  return typeof key === 'number' ? String(key) : describe(key);
}

/** Walks everything that `value` holds. Without recursion, and once an object: a pickle may nest deep and share. */
function assertKnownGlobals(file: string, name: string, value: PickleValue): void {
  const seen = new Set<PickleValue>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop() ?? null;
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
}

function partsOf(value: PickleValue): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof PickleDict) return value.entries.flat();
  if (value instanceof PicklePersistentId) return [value.id];
  if (value instanceof PickleCall) {
    return [value.callable, value.args, value.state, ...value.items, ...value.entries.flat()];
  }
  return [];
}

function describe(value: PickleValue): string {
  if (value instanceof PickleGlobal) return value.fullName;
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'None' : `a ${typeof value}`;
}

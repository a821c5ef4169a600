/**
 * What a pickle becomes here: plain data. A pickle is a program that may name any function and call it; this reader
 * looks up no name and calls nothing. A name stays a `PickleGlobal`, and a call becomes a `PickleCall` that says what
 * would have been called. Lists, tuples and sets are arrays.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistentId
  | PickleBlob;

export type PickleEntry = readonly [key: PickleValue, value: PickleValue];

/** Entries in the order in which they were set; a key may occur twice. */
export class PickleDict {
  readonly entries: PickleEntry[] = [];
}

/** A name in a module, such as `torch._utils._rebuild_tensor_v2`. */
export class PickleGlobal {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  get fullName(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A call that was not made, and what the pickle then puts into its result. */
export class PickleCall {
  readonly callable: PickleValue;
  readonly args: PickleValue;
  /** What `result[key] = value` would have set. */
  readonly entries: PickleEntry[] = [];
  /** What `result.append(item)` would have added. */
  readonly items: PickleValue[] = [];
  /** What `result.__setstate__(state)` would have been given. */
  state: PickleValue = null;

  constructor(callable: PickleValue, args: PickleValue) {
    this.callable = callable;
    this.args = args;
  }
}

/** A reference to something outside the pickle; in a checkpoint, a storage. */
export class PicklePersistentId {
  readonly id: PickleValue;

  constructor(id: PickleValue) {
    this.id = id;
  }
}

/** Long text or bytes that were left in the file. */
export class PickleBlob {
  /** Where it begins in the file, and its length there, bytes. */
  readonly position: number;
  readonly length: number;
  /** `utf8` for text, of which one character is one byte: how protocols before 3 write bytes. */
  readonly encoding: 'raw' | 'utf8';

  constructor(position: number, length: number, encoding: 'raw' | 'utf8') {
    this.position = position;
    this.length = length;
    this.encoding = encoding;
  }
}

/** The values that a value is made of. */
export function partsOf(value: PickleValue): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof PickleDict) return value.entries.flat();
  if (value instanceof PicklePersistentId) return [value.id];
  if (!(value instanceof PickleCall)) return [];
  return [value.callable, value.args, value.state, ...value.items, ...value.entries.flat()];
}

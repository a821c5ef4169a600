/**
 * Reads one pickle as data: no name in it is looked up and nothing is called (`pickle-values.ts`).
 *
 * Our own code rather than a library, because memory must stay bounded, integers and large lists must come out right,
 * and a global must stay a name: JavaScript readers turn it into an object that the pickle can then call and change.
 */
import { bounds } from '@m2fp/contract';
import { reasonOf } from './checkpoint-error.ts';
import { bytesInput, type PickleInput } from './pickle-input.ts';
import {
  PickleBlob,
  PickleCall,
  PickleDict,
  PickleGlobal,
  PicklePersistentId,
  type PickleValue,
} from './pickle-values.ts';

/** The highest pickle protocol there is. `torch.save` writes 2 unless told otherwise. */
const maxProtocol = 5;

/**
 * A value takes less than 200 bytes here, so this limit keeps a hostile pickle below 200 MB. The published checkpoint
 * with its optimizer needs about 80,000.
 */
const defaultMaxOperations: number = bounds.pickleOperations.max;

const maxIntegerBytes = 256;

/** Throws a plain `Error` whose message continues a sentence that starts with "the pickle". */
export function unpickle(bytes: Uint8Array, maxOperations = defaultMaxOperations): PickleValue {
  return unpickleFrom(bytesInput(bytes), 0, maxOperations).value;
}

/** The pickle that begins at `position`, and where it ends; others may follow. Throws as `unpickle` does. */
export function unpickleFrom(
  input: PickleInput,
  position = 0,
  maxOperations = defaultMaxOperations,
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(input, position);
  try {
    return { value: run(machine, maxOperations), end: machine.position };
  } catch (error) {
    throw new Error(`cannot be read at byte ${machine.position}: ${reasonOf(error)}`, { cause: error });
  }
}

function run(machine: PickleMachine, maxOperations: number): PickleValue {
  for (let count = 0; count < maxOperations; count += 1) {
    const opcode = machine.uint(1);
    if (opcode === stopOpcode) return machine.pop();
    const operation = operations.get(opcode);
    if (operation === undefined) throw new Error(`opcode 0x${opcode.toString(16)} is not known`);
    const value = operation(machine);
    if (value !== undefined) machine.push(value);
  }
  throw new Error(`it has more than ${maxOperations} operations`);
}

/** The bytes of a pickle, read front to back, and the stack and memo that they work on. */
class PickleMachine {
  position: number;
  readonly #input: PickleInput;
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(input: PickleInput, position: number) {
    this.#input = input;
    this.position = position;
  }

  bytes(length: number): Buffer {
    this.#skip(length);
    return this.#input.bytes(this.position - length, length);
  }

  /** Little-endian and unsigned. Above 2^53 the nearest number, which is past the end of any pickle too. */
  uint(size: 1 | 2 | 4 | 8): number {
    return this.bytes(size).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  /** Bytes whose number comes before them. */
  sized(size: 1 | 4): Buffer {
    return this.bytes(this.uint(size));
  }

  /** The same as text or bytes; where there are many of them, only their place. */
  payload(size: 1 | 4 | 8, encoding: PickleBlob['encoding'], decode: (bytes: Buffer) => PickleValue): PickleValue {
    const length = this.uint(size);
    if (length < this.#input.blobBytes) return decode(this.bytes(length));
    this.#skip(length);
    return new PickleBlob(this.position - length, length, encoding);
  }

  #skip(length: number): void {
    if (length > this.#input.length - this.position) throw new Error('it ends too early');
    this.position += length;
  }

  /** Up to the next newline, which is dropped. */
  line(): string {
    const end = this.#input.findNewline(this.position);
    if (end < 0) throw new Error('it ends in the middle of a line, or the line is too long');
    return utf8.decode(this.bytes(end + 1 - this.position)).slice(0, -1);
  }

  push(value: PickleValue): void {
    this.#values.push(value);
  }

  top(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0)) throw new Error('it takes a value from an empty stack');
    return this.#values.at(-1) as PickleValue;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#values.pop();
    return value;
  }

  /** The lowest first. */
  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  /** Everything above the last mark; the mark goes too. */
  popToMark(): PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) throw new Error('it goes back to a mark that it never set');
    return this.#values.splice(start);
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error(`it recalls value ${index}, which it never stored`);
    return value;
  }
}

/** Text arguments of protocol 1 and later, and whole lines. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decodeText = (bytes: Buffer): string => utf8.decode(bytes);
const decodeLatin1 = (bytes: Buffer): string => bytes.toString('latin1');
/** A copy, since a few bytes would keep all of what was read with them. */
const keepBytes = (bytes: Buffer): Buffer => Buffer.from(bytes);

const stopOpcode = 0x2e;

/** A value that it returns is pushed. */
type Operation = (machine: PickleMachine) => PickleValue | void;

/**
 * Every opcode of protocols 0 to 5 except STOP, extension codes and out-of-band buffers, by the character that Python's
 * `pickle` module has for it.
 */
const operationsByCharacter: Readonly<Record<string, Operation>> = {
  '\x80': (m) => assertProtocol(m.uint(1)),
  '\x95': (m) => void m.uint(8),
  // Constants and numbers.
  N: () => null,
  '\x88': () => true,
  '\x89': () => false,
  J: (m) => m.bytes(4).readInt32LE(),
  K: (m) => m.uint(1),
  M: (m) => m.uint(2),
  G: (m) => m.bytes(8).readDoubleBE(),
  '\x8a': (m) => integer(m.sized(1)),
  '\x8b': (m) => integer(m.sized(4)),
  // Text, strings of Python 2 (bytes in truth: one character per byte), and bytes.
  X: (m) => m.payload(4, 'utf8', decodeText),
  '\x8c': (m) => m.payload(1, 'utf8', decodeText),
  '\x8d': (m) => m.payload(8, 'utf8', decodeText),
  U: (m) => m.payload(1, 'raw', decodeLatin1),
  T: (m) => m.payload(4, 'raw', decodeLatin1),
  B: (m) => m.payload(4, 'raw', keepBytes),
  C: (m) => m.payload(1, 'raw', keepBytes),
  '\x8e': (m) => m.payload(8, 'raw', keepBytes),
  '\x96': (m) => m.payload(8, 'raw', keepBytes),
  // Protocol 0, whose arguments are lines of text. PyTorch does not write it; hand-made pickles do, and they are to be
  // refused for what they name and not for how they are written. Escapes in strings stay as they are.
  I: (m) => integerOrBoolean(m.line()),
  L: (m) => decimal(m.line().replace(/L$/, '')),
  F: (m) => Number(m.line()),
  S: (m) => m.line().replace(/^(['"])(.*)\1$/, '$2'),
  V: (m) => m.line(),
  P: (m) => new PicklePersistentId(m.line()),
  p: (m) => m.remember(decimal(m.line())),
  g: (m) => m.recall(decimal(m.line())),
  // Tuples, lists and sets, then dictionaries.
  '(': (m) => m.mark(),
  ')': () => [],
  ']': () => [],
  '\x8f': () => [],
  '\x85': (m) => m.popMany(1),
  '\x86': (m) => m.popMany(2),
  '\x87': (m) => m.popMany(3),
  t: (m) => m.popToMark(),
  l: (m) => m.popToMark(),
  '\x91': (m) => m.popToMark(),
  a: (m) => append(m.popMany(1), m.top()),
  e: (m) => append(m.popToMark(), m.top()),
  '\x90': (m) => append(m.popToMark(), m.top()),
  '}': () => new PickleDict(),
  d: (m) => setEntries(m.popToMark(), new PickleDict()),
  s: (m) => void setEntries(m.popMany(2), m.top()),
  u: (m) => void setEntries(m.popToMark(), m.top()),
  // What would run code in Python. Here each only records what the pickle asks for. `\x92` has keyword arguments,
  // which are kept as one more argument.
  c: (m) => new PickleGlobal(m.line(), m.line()),
  '\x93': (m) => stackedGlobal(m.popMany(2)),
  R: (m) => callOf(m.popMany(2)),
  '\x81': (m) => callOf(m.popMany(2)),
  '\x92': (m) => callOf(m.popMany(3)),
  i: (m) => new PickleCall(new PickleGlobal(m.line(), m.line()), m.popToMark()),
  o: (m) => objectOf(m.popToMark()),
  b: (m) => setState(m.pop(), m.top()),
  Q: (m) => new PicklePersistentId(m.pop()),
  // The stack and the memo.
  '0': (m) => void m.pop(),
  '1': (m) => void m.popToMark(),
  '2': (m) => m.top(),
  q: (m) => m.remember(m.uint(1)),
  r: (m) => m.remember(m.uint(4)),
  '\x94': (m) => m.remember(),
  h: (m) => m.recall(m.uint(1)),
  j: (m) => m.recall(m.uint(4)),
};

const operations: ReadonlyMap<number, Operation> = new Map(
  Object.entries(operationsByCharacter).map(([character, operation]) => [character.charCodeAt(0), operation]),
);

function assertProtocol(protocol: number): void {
  if (protocol > maxProtocol) throw new Error(`it is of protocol ${protocol}; up to ${maxProtocol} is known`);
}

/** Little-endian two's complement. A number if it is exact, else a bigint. */
function integer(bytes: Buffer): number | bigint {
  if (bytes.length > maxIntegerBytes) throw new Error(`it has an integer of ${bytes.length} bytes`);
  const unsigned = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(bytes.length * 8, unsigned);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function integerOrBoolean(line: string): number | boolean {
  return line === '00' || line === '01' ? line === '01' : decimal(line);
}

function decimal(line: string): number {
  if (!/^-?\d{1,15}$/.test(line)) throw new Error('it has text in the place of an integer, or too long an integer');
  return Number(line);
}

function stackedGlobal([module, name]: PickleValue[]): PickleGlobal {
  if (typeof module !== 'string' || typeof name !== 'string') throw new Error('it asks for a global without a name');
  return new PickleGlobal(module, name);
}

function callOf([callable = null, args = null, ...more]: PickleValue[]): PickleCall {
  return new PickleCall(callable, more.length === 0 ? args : [args, ...more]);
}

function objectOf([callable = null, ...args]: PickleValue[]): PickleCall {
  return new PickleCall(callable, args);
}

/** Appends to a list, a set or the result of a call. */
function append(items: readonly PickleValue[], target: PickleValue): void {
  const list = target instanceof PickleCall ? target.items : target;
  if (!Array.isArray(list)) throw new Error('it appends to something that is not a list');
  for (const item of items) list.push(item);
}

/** Sets entries, keys and values in turn, of a dictionary or the result of a call. */
function setEntries(keysAndValues: readonly PickleValue[], target: PickleValue): PickleValue {
  if (!(target instanceof PickleDict || target instanceof PickleCall)) {
    throw new Error('it sets an entry of something that is not a dictionary');
  }
  if (keysAndValues.length % 2 !== 0) throw new Error('it sets a key without a value');
  for (let at = 0; at < keysAndValues.length; at += 2) {
    target.entries.push([keysAndValues[at] as PickleValue, keysAndValues[at + 1] as PickleValue]);
  }
  return target;
}

function setState(state: PickleValue, target: PickleValue): void {
  if (!(target instanceof PickleCall)) throw new Error('it sets the state of a plain value');
  target.state = state;
}

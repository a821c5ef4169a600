import type { Operation } from './operation.ts';
import type { PickleStack } from './pickle-stack.ts';
import { textOperations } from './text-opcodes.ts';
import { PickleCall, PickleDict, PickleGlobal, PicklePersistentId, type PickleValue } from './values.ts';

/** One character for the opcodes that have one, as in Python's `pickle` module. */
const code = (character: string): number => character.charCodeAt(0);

const numbers: [number, Operation][] = [
  [code('N'), (stack) => stack.push(null)],
  [0x88, (stack) => stack.push(true)],
  [0x89, (stack) => stack.push(false)],
  [code('J'), (stack, reader) => stack.push(reader.int32())],
  [code('K'), (stack, reader) => stack.push(reader.uint8())],
  [code('M'), (stack, reader) => stack.push(reader.uint16())],
  [code('G'), (stack, reader) => stack.push(reader.float64())],
  [0x8a, (stack, reader) => stack.push(integer(reader.bytes(reader.uint8())))],
  [0x8b, (stack, reader) => stack.push(integer(reader.bytes(reader.uint32())))],
];

const texts: [number, Operation][] = [
  [code('X'), (stack, reader) => stack.push(reader.text(reader.uint32()))],
  [0x8c, (stack, reader) => stack.push(reader.text(reader.uint8()))],
  [0x8d, (stack, reader) => stack.push(reader.text(reader.uint64()))],
  // Python 2 strings: bytes, in truth. Decoded one byte a character.
  [code('U'), (stack, reader) => stack.push(latin1(reader.bytes(reader.uint8())))],
  [code('T'), (stack, reader) => stack.push(latin1(reader.bytes(reader.uint32())))],
  [code('B'), (stack, reader) => stack.push(reader.bytes(reader.uint32()))],
  [code('C'), (stack, reader) => stack.push(reader.bytes(reader.uint8()))],
  [0x8e, (stack, reader) => stack.push(reader.bytes(reader.uint64()))],
  [0x96, (stack, reader) => stack.push(reader.bytes(reader.uint64()))],
];

const collections: [number, Operation][] = [
  [code('('), (stack) => stack.mark()],
  [code(')'), (stack) => stack.push([])],
  [code('t'), (stack) => stack.push(stack.popToMark())],
  [0x85, (stack) => stack.push(popMany(stack, 1))],
  [0x86, (stack) => stack.push(popMany(stack, 2))],
  [0x87, (stack) => stack.push(popMany(stack, 3))],
  [code(']'), (stack) => stack.push([])],
  [code('l'), (stack) => stack.push(stack.popToMark())],
  [code('a'), (stack) => stack.append(popMany(stack, 1))],
  [code('e'), (stack) => stack.append(stack.popToMark())],
  [0x8f, (stack) => stack.push([])],
  [0x90, (stack) => stack.append(stack.popToMark())],
  [0x91, (stack) => stack.push(stack.popToMark())],
  [code('}'), (stack) => stack.push(new PickleDict())],
  [code('d'), (stack) => pushDictionary(stack)],
  [code('s'), (stack) => stack.setEntries(popMany(stack, 2))],
  [code('u'), (stack) => stack.setEntries(stack.popToMark())],
];

/** What would run code in Python. Here each only writes down what was asked for. */
const calls: [number, Operation][] = [
  [code('c'), (stack, reader) => stack.push(new PickleGlobal(reader.line(), reader.line()))],
  [0x93, (stack) => stack.push(globalOf(popMany(stack, 2)))],
  [code('R'), (stack) => stack.push(callOf(popMany(stack, 2)))],
  [0x81, (stack) => stack.push(callOf(popMany(stack, 2)))],
  // NEWOBJ_EX has keyword arguments besides; they are kept as one more argument.
  [0x92, (stack) => stack.push(callOf(popMany(stack, 3)))],
  [code('i'), (stack, reader) => pushInstance(stack, new PickleGlobal(reader.line(), reader.line()))],
  [code('o'), (stack) => pushObject(stack)],
  [code('b'), (stack) => setState(stack)],
  [code('Q'), (stack) => stack.push(new PicklePersistentId(stack.pop()))],
];

const memory: [number, Operation][] = [
  [code('0'), (stack) => void stack.pop()],
  [code('1'), (stack) => void stack.popToMark()],
  [code('2'), (stack) => stack.push(stack.top())],
  [code('q'), (stack, reader) => stack.remember(reader.uint8())],
  [code('r'), (stack, reader) => stack.remember(reader.uint32())],
  [0x94, (stack) => stack.rememberNext()],
  [code('h'), (stack, reader) => stack.recall(reader.uint8())],
  [code('j'), (stack, reader) => stack.recall(reader.uint32())],
  [0x95, (_stack, reader) => void reader.uint64()],
];

export const stopOpcode = code('.');
export const protocolOpcode = 0x80;

/** Every opcode of protocols 0 to 5 but PROTO, STOP, extension codes and out-of-band buffers. */
export const operations: ReadonlyMap<number, Operation> = new Map([
  ...numbers,
  ...texts,
  ...collections,
  ...calls,
  ...memory,
  ...textOperations,
]);

function popMany(stack: PickleStack, count: number): PickleValue[] {
  const values = Array.from({ length: count }, () => stack.pop());
  return values.reverse();
}

/** Little-endian two's complement. A number where it is exact, else a bigint. */
function integer(bytes: Uint8Array): number | bigint {
  if (bytes.length > 256) throw new Error(`it has an integer of ${bytes.length} bytes`);
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(bytes.length * 8, value);
  const exact = Number(value);
  return Number.isSafeInteger(exact) ? exact : value;
}

function pushDictionary(stack: PickleStack): void {
  const keysAndValues = stack.popToMark();
  stack.push(new PickleDict());
  stack.setEntries(keysAndValues);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function globalOf([module, name]: PickleValue[]): PickleGlobal {
  if (typeof module !== 'string' || typeof name !== 'string') throw new Error('it names a global without a name');
  return new PickleGlobal(module, name);
}

function callOf([callable = null, args = null, ...more]: PickleValue[]): PickleCall {
  return new PickleCall(callable, more.length === 0 ? args : [args, ...more]);
}

function pushInstance(stack: PickleStack, callable: PickleGlobal): void {
  stack.push(new PickleCall(callable, stack.popToMark()));
}

function pushObject(stack: PickleStack): void {
  const [callable = null, ...args] = stack.popToMark();
  stack.push(new PickleCall(callable, args));
}

function setState(stack: PickleStack): void {
  const state = stack.pop();
  const target = stack.top();
  if (!(target instanceof PickleCall)) throw new Error('it sets the state of a plain value');
  target.state = state;
}

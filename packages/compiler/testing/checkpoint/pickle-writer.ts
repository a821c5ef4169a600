import {
  PickleCall,
  PickleDict,
  PickleGlobal,
  PicklePersistentId,
  type PickleValue,
} from '../../src/checkpoint/pickle-values.ts';

/**
 * Test support: the pickle, protocol 2, that `unpickle` reads back as `value`. Arrays become tuples.
 */
export function pickle(value: PickleValue): Buffer {
  const chunks = [Buffer.from([0x80, 2])];
  write(chunks, value);
  chunks.push(Buffer.from('.'));
  return Buffer.concat(chunks);
}

function write(chunks: Buffer[], value: PickleValue): void {
  if (value === null) chunks.push(Buffer.from('N'));
  else if (typeof value === 'boolean') chunks.push(Buffer.from([value ? 0x88 : 0x89]));
  else if (typeof value === 'number') chunks.push(number(value));
  else if (typeof value === 'bigint') chunks.push(long(value));
  else if (typeof value === 'string') chunks.push(sized('X', Buffer.from(value)));
  else if (value instanceof Uint8Array) chunks.push(sized('B', Buffer.from(value)));
  else if (Array.isArray(value)) writeTuple(chunks, value);
  else if (value instanceof PickleGlobal) chunks.push(Buffer.from(`c${value.module}\n${value.name}\n`));
  else if (value instanceof PickleDict) writeEntries(chunks, '}', value.entries);
  else if (value instanceof PickleCall) writeCall(chunks, value);
  else if (value instanceof PicklePersistentId) {
    write(chunks, value.id);
    chunks.push(Buffer.from('Q'));
  }
}

function writeTuple(chunks: Buffer[], values: readonly PickleValue[]): void {
  chunks.push(Buffer.from('('));
  for (const value of values) write(chunks, value);
  chunks.push(Buffer.from('t'));
}

function writeCall(chunks: Buffer[], call: PickleCall): void {
  write(chunks, call.callable);
  write(chunks, call.args);
  writeEntries(chunks, 'R', call.entries);
  if (call.state === null) return;
  write(chunks, call.state);
  chunks.push(Buffer.from('b'));
}

function writeEntries(chunks: Buffer[], container: string, entries: PickleDict['entries']): void {
  chunks.push(Buffer.from(`${container}(`));
  for (const value of entries.flat()) write(chunks, value);
  chunks.push(Buffer.from('u'));
}

function number(value: number): Buffer {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return long(BigInt(value));
  const bytes = Buffer.alloc(9, 'G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** LONG1, always with 32 bytes. */
function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(34);
  bytes[0] = 0x8a;
  bytes[1] = 32;
  for (let word = 0; word < 4; word += 1) {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> BigInt(64 * word)), 2 + 8 * word);
  }
  return bytes;
}

function sized(opcode: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5, opcode);
  head.writeUInt32LE(content.length, 1);
  return Buffer.concat([head, content]);
}

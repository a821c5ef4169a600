import { ByteReader } from './byte-reader.ts';
import { operations, protocolOpcode, stopOpcode } from './opcodes.ts';
import { PickleStack } from './pickle-stack.ts';
import type { PickleValue } from './values.ts';

/** The highest pickle protocol there is. `torch.save` writes 2 unless told otherwise. */
const maxProtocol = 5;

/**
 * A value takes under 200 bytes here, so this many keep a hostile pickle under 200 MB. The published checkpoint with
 * its optimizer needs about 80,000.
 */
const defaultMaxOperations = 1_000_000;

/**
 * Reads one pickle as data: no name in it is looked up and nothing is called (`values.ts`). Throws a plain `Error`
 * whose message goes on from "the pickle".
 *
 * Own code and not a library because memory has to stay bounded, integers and large lists have to come out right, and
 * a global has to stay a name: JavaScript readers turn it into an object that the pickle can then call and change.
 */
export function unpickle(bytes: Uint8Array, maxOperations = defaultMaxOperations): PickleValue {
  const reader = new ByteReader(bytes);
  try {
    return run(reader, maxOperations);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot be read at byte ${reader.position}: ${reason}`, { cause: error });
  }
}

function run(reader: ByteReader, maxOperations: number): PickleValue {
  const stack = new PickleStack();
  for (let count = 0; count < maxOperations; count += 1) {
    const opcode = reader.uint8();
    if (opcode === stopOpcode) return stack.pop();
    if (opcode === protocolOpcode) {
      checkProtocol(reader.uint8());
      continue;
    }
    const operation = operations.get(opcode);
    if (operation === undefined) throw new Error(`opcode 0x${opcode.toString(16)} is not known`);
    operation(stack, reader);
  }
  throw new Error(`it has more than ${maxOperations} operations`);
}

function checkProtocol(protocol: number): void {
  if (protocol > maxProtocol) throw new Error(`it is of protocol ${protocol}; up to ${maxProtocol} is known`);
}

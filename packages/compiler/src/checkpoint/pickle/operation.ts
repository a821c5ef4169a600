import type { ByteReader } from './byte-reader.ts';
import type { PickleStack } from './pickle-stack.ts';

/** What one opcode does: takes its arguments from the reader, and changes the stack. */
export type Operation = (stack: PickleStack, reader: ByteReader) => void;

import type { Operation } from './operation.ts';
import { PicklePersistentId } from './values.ts';

const code = (character: string): number => character.charCodeAt(0);

/**
 * The opcodes of protocol 0, whose arguments are lines of text. PyTorch writes none of them; hand-made pickles do, and
 * are to be refused for what they name and not for how they are written. Escapes in strings stay as they are.
 */
export const textOperations: readonly [number, Operation][] = [
  [code('I'), (stack, reader) => stack.push(integerOrBoolean(reader.line()))],
  [code('L'), (stack, reader) => stack.push(decimal(reader.line().replace(/L$/, '')))],
  [code('F'), (stack, reader) => stack.push(Number(reader.line()))],
  [code('S'), (stack, reader) => stack.push(reader.line().replace(/^(['"])(.*)\1$/, '$2'))],
  [code('V'), (stack, reader) => stack.push(reader.line())],
  [code('P'), (stack, reader) => stack.push(new PicklePersistentId(reader.line()))],
  [code('p'), (stack, reader) => stack.remember(decimal(reader.line()))],
  [code('g'), (stack, reader) => stack.recall(decimal(reader.line()))],
];

function integerOrBoolean(line: string): number | boolean {
  if (line === '00') return false;
  if (line === '01') return true;
  return decimal(line);
}

function decimal(line: string): number {
  if (!/^-?\d{1,15}$/.test(line)) throw new Error('it has an integer that is none, or is too long');
  return Number(line);
}

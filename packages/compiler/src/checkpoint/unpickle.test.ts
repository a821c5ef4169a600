import { describe, expect, it } from 'vitest';
import { pickle } from '../../testing/checkpoint/pickle-writer.ts';
import { dict, orderedDict, systemCall } from '../../testing/checkpoint/torch-values.ts';
import { unpickle } from './unpickle.ts';
import { PickleCall, PickleDict, PickleGlobal, PicklePersistentId, type PickleValue } from './pickle-values.ts';

/** A pickle from characters: each is one byte. */
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('values', () => {
  const values: [string, PickleValue][] = [
    ['None', null],
    ['booleans', [true, false]],
    ['integers of all sizes', [0, -1, 255, -129, 65_536, -(2 ** 31), 2 ** 53 - 1, 2n ** 60n, -(2n ** 70n)]],
    ['floats', [0.5, -1e-300]],
    ['text beyond ASCII', 'Größe 東京'],
    ['bytes', Buffer.from([0, 255])],
    ['nested tuples', [[], [1, [2, [3]]]]],
    ['dictionaries', dict({ a: 1, b: dict({}) })],
    ['ordered dictionaries with a state', Object.assign(orderedDict([['x', 1]]), { state: dict({ version: 1 }) })],
    ['persistent ids', new PicklePersistentId(['storage', new PickleGlobal('torch', 'FloatStorage'), '0', 'cpu', 4])],
  ];

  it.each(values)('reads %s', (_name, value) => {
    expect(unpickle(pickle(value))).toEqual(value);
  });

  it('reads what protocol 2 writes with memo and short forms', () => {
    // pickle.dumps({'a': (1, 'a'), 'b': [300, -2]}, 2), with 'a' recalled from the memo.
    const written =
      '\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01h\x01\x86q\x02X\x01\x00\x00\x00bq\x03' +
      ']q\x04(M\x2c\x01J\xfe\xff\xff\xffeu.';
    expect(unpickle(bytes(written))).toEqual(dict({ a: [1, 'a'], b: [300, -2] }));
  });

  it('reads what protocol 4 writes: frames, memoized short text, stacked globals', () => {
    const written =
      '\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94.';
    expect(unpickle(bytes(written))).toEqual(orderedDict([]));
  });

  it('recalls one object in two places as one object', () => {
    const read = unpickle(bytes('\x80\x02}q\x00h\x00\x86.')) as PickleValue[];
    expect(read[0]).toBeInstanceOf(PickleDict);
    expect(read[0]).toBe(read[1]);
  });
});

describe('what would run code', () => {
  it('keeps a call as a record of the call', () => {
    const read = unpickle(pickle(systemCall('touch /tmp/never')));
    expect(read).toEqual(new PickleCall(new PickleGlobal('os', 'system'), ['touch /tmp/never']));
  });

  it.each([
    ['REDUCE of protocol 0', "cos\nsystem\n(S'id'\ntR."],
    ['INST', "(S'id'\nios\nsystem\n."],
    ['OBJ', "(cos\nsystem\nS'id'\no."],
    ['NEWOBJ', '\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85\x81.'],
  ])('keeps %s as a record of the call', (_name, written) => {
    expect(unpickle(bytes(written))).toEqual(new PickleCall(new PickleGlobal('os', 'system'), ['id']));
  });

  it('keeps a state apart from the object that it is for', () => {
    const written = '\x80\x02cos\nsystem\n)R}X\x09\x00\x00\x00__proto__K\x01sb.';
    const call = unpickle(bytes(written)) as PickleCall;
    expect(call.state).toEqual(dict(Object.fromEntries([['__proto__', 1]])));
    expect(Object.getPrototypeOf(call)).toBe(PickleCall.prototype);
  });
});

describe('broken and hostile pickles', () => {
  it.each([
    ['nothing at all', '', /ends too early/],
    ['an end in the middle', '\x80\x02X\xff\x00\x00\x00abc', /byte 7: it ends too early/],
    ['text longer than the pickle', '\x80\x04\x8d\x00\x00\x00\x00\x00\x00\x00\x10', /ends too early/],
    ['an opcode that does not exist', '\x80\x02\xff.', /opcode 0xff is not known/],
    ['an extension code', '\x80\x02\x82\x01.', /opcode 0x82 is not known/],
    ['a protocol from the future', '\x80\x09N.', /protocol 9/],
    ['an empty stack', '\x80\x020.', /empty stack/],
    ['a value below the mark', '\x80\x02N(R.', /empty stack/],
    ['a mark that was never set', '\x80\x02t.', /mark/],
    ['a memo that was never filled', '\x80\x02h\x05.', /value 5/],
    ['a key without a value', '\x80\x02}(K\x01u.', /key without a value/],
    ['an entry of a number', '\x80\x02K\x01K\x02K\x03s.', /not a dictionary/],
    ['an item of a number', '\x80\x02K\x01K\x02a.', /not a list/],
    ['a state of a number', '\x80\x02K\x01K\x02b.', /plain value/],
    ['an integer of a megabyte', `\x80\x02\x8b\x00\x00\x10\x00${'\x01'.repeat(2 ** 20)}.`, /integer of 1048576 bytes/],
    ['text that is not UTF-8', '\x80\x02X\x01\x00\x00\x00\xff.', /cannot be read at byte 8/],
  ])('refuses %s', (_name, written, message) => {
    expect(() => unpickle(bytes(written))).toThrow(message);
  });

  it('stops at its limit of operations', () => {
    expect(() => unpickle(bytes(`\x80\x02${'}'.repeat(100)}.`), 100)).toThrow('more than 100 operations');
  });

  it('reads a list of more items than a JavaScript call takes arguments', () => {
    const read = unpickle(bytes(`\x80\x02](${'N'.repeat(400_000)}e.`)) as PickleValue[];
    expect(read).toHaveLength(400_000);
  });

  it('reads nesting deeper than the call stack', () => {
    const depth = 200_000;
    let read = unpickle(bytes(`\x80\x02N${'\x85'.repeat(depth)}.`));
    for (let level = 0; level < depth; level += 1) read = (read as PickleValue[])[0] as PickleValue;
    expect(read).toBeNull();
  });
});

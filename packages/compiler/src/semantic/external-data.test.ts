import { expect, test } from 'vitest';
import { externalTensors, relocateTensors } from './external-data.ts';

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
/** A length-delimited field. */
const field = (number: number, ...parts: number[][]): number[] => {
  const bytes = parts.flat();
  return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
};
const entry = (key: string, value: string): number[] => field(13, field(1, text(key)), field(2, text(value)));
const external = [(14 << 3) | 0, 1];

/** A tensor called `w` in a file, with a field that no schema knows. */
const tensor = (...entries: number[][]): number[] => [
  ...field(8, text('w')),
  ...entries.flat(),
  ...external,
  ...field(99, text('?')),
];
/** In the graph; in a node's attribute; in a graph within an attribute; in a function. */
const model = (of: number[]): Uint8Array =>
  Uint8Array.from([
    ...[(1 << 3) | 0, 8],
    ...field(7, field(5, of), field(1, field(5, field(5, of))), field(1, field(5, field(6, field(5, of))))),
    ...field(25, field(7, field(5, field(5, of)))),
    ...field(50, text('unknown')),
  ]);

test('tensors are found wherever a graph can have them, and get their new place; all else is as it was', () => {
  const before = model(
    tensor(entry('location', 'a.bin'), entry('offset', '16'), entry('length', '8'), entry('checksum', 'x')),
  );
  expect(externalTensors(before)).toEqual(
    Array.from({ length: 4 }, () => ({ location: 'a.bin', offset: 16, length: 8 })),
  );
  const after = relocateTensors(before, ({ offset, length }) => ({ location: 'b', offset: offset + 100, length }));
  const fields = [entry('location', 'b'), entry('offset', '116'), entry('length', '8')];
  const moved = [...field(8, text('w')), ...external, ...field(99, text('?')), ...fields.flat()];
  expect(after).toEqual(Buffer.from(model(moved)));
});

test('what is not external stays, and what is no protobuf is an error', () => {
  const inside = model(field(8, text('w')));
  expect(externalTensors(inside)).toEqual([]);
  expect(relocateTensors(inside, (one) => one)).toEqual(Buffer.from(inside));
  expect(() => externalTensors(inside.subarray(0, 20))).toThrow('damaged or cut off');
  expect(() => externalTensors(Uint8Array.of(0x3f))).toThrow('damaged or cut off');
});

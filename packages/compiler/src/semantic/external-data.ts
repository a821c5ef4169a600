/**
 * Weights that an ONNX file keeps in other files. They are found and renamed in the protobuf's own bytes: everything
 * else in the file, known here or not, stays as it is. Field numbers are those of onnx.proto.
 */

/** Where a tensor's bytes are. */
export interface ExternalTensor {
  readonly location: string;
  readonly offset: number;
  /** Bytes; undefined for all that its shape needs. */
  readonly length: number | undefined;
}

/** Called for each tensor with external data; gives its new place. */
export type Relocate = (tensor: ExternalTensor) => ExternalTensor;

type Message = 'model' | 'function' | 'graph' | 'sparse' | 'node' | 'attribute' | 'tensor';

/** The fields that lead to tensors. */
const descents: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 25: 'function' },
  function: { 7: 'node' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 10: 'tensor', 6: 'graph', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  tensor: {},
};
/** Of a tensor: a list of key and value, and whether it is in use. */
const externalField = 13;
const locationField = 14;
/** Graphs in graphs; no exporter comes near. */
const mostLevels = 64;

interface Field {
  readonly number: number;
  readonly wireType: number;
  /** With its tag. */
  readonly whole: Uint8Array;
  /** Of a length-delimited field. */
  readonly payload: Uint8Array;
  /** Of a varint. */
  readonly value: number;
}

/** All tensors with external data, in the file's order. Throws as `relocateTensors` does. */
export function externalTensors(model: Uint8Array): ExternalTensor[] {
  const found: ExternalTensor[] = [];
  rewrite(model, 'model', (tensor) => (found.push(tensor), tensor), 0);
  return found;
}

/** The file with its tensors elsewhere. Throws a plain `Error` for bytes that are no protobuf. */
export function relocateTensors(model: Uint8Array, relocate: Relocate): Uint8Array {
  return Buffer.concat(rewrite(model, 'model', relocate, 0));
}

function rewrite(bytes: Uint8Array, message: Message, relocate: Relocate, level: number): Uint8Array[] {
  if (level > mostLevels) throw new Error('its graphs are nested too deeply');
  if (message === 'tensor') return rewriteTensor(bytes, relocate);
  const parts: Uint8Array[] = [];
  for (const field of fieldsOf(bytes)) {
    const inner = field.wireType === 2 ? descents[message][field.number] : undefined;
    if (inner === undefined) parts.push(field.whole);
    else parts.push(...lengthDelimited(field.number, rewrite(field.payload, inner, relocate, level + 1)));
  }
  return parts;
}

function rewriteTensor(bytes: Uint8Array, relocate: Relocate): Uint8Array[] {
  const fields = [...fieldsOf(bytes)];
  const isExternal = fields.some(({ number, value }) => number === locationField && value === 1);
  const entries = fields.filter(({ number, wireType }) => number === externalField && wireType === 2);
  if (!isExternal || entries.length === 0) return [bytes];
  const values = new Map(entries.map(({ payload }) => readEntry(payload)));
  const { location, offset, length } = relocate({
    location: values.get('location') ?? '',
    offset: Number(values.get('offset') ?? 0),
    length: values.has('length') ? Number(values.get('length')) : undefined,
  });
  const placed = { location, offset: String(offset), ...(length === undefined ? {} : { length: String(length) }) };
  return [
    ...fields.filter((field) => !entries.includes(field)).map(({ whole }) => whole),
    ...Object.entries(placed).flatMap(([key, value]) =>
      lengthDelimited(externalField, [...lengthDelimited(1, [text(key)]), ...lengthDelimited(2, [text(value)])]),
    ),
  ];
}

function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const decoder = new TextDecoder();
  const strings = new Map([...fieldsOf(bytes)].map(({ number, payload }) => [number, decoder.decode(payload)]));
  return [strings.get(1) ?? '', strings.get(2) ?? ''];
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function lengthDelimited(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]), ...parts];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = readVarint(bytes, at);
    at = tag.end;
    const wireType = tag.value % 8;
    const first = wireType === 0 || wireType === 2 ? readVarint(bytes, at) : { value: 0, end: at };
    const sizes: Readonly<Record<number, number>> = { 0: 0, 1: 8, 2: first.value, 5: 4 };
    const size = sizes[wireType];
    if (size === undefined || first.end + size > bytes.length) throw new Error('it is damaged or cut off');
    at = first.end + size;
    yield {
      ...{ number: Math.floor(tag.value / 8), wireType, value: first.value },
      ...{ whole: bytes.subarray(start, at), payload: bytes.subarray(first.end, at) },
    };
  }
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: start + i + 1 };
  }
  throw new Error('it is damaged or cut off');
}

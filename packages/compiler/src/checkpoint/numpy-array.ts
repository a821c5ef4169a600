/**
 * NumPy's arrays in a pickle, as detectron2's model zoo has them. An array is one of two calls, neither of which is
 * made:
 *
 * - `_reconstruct(ndarray, (0,), b'b')` with the state `(version, shape, dtype, is_fortran, bytes)`;
 * - from protocol 5 on, `_frombuffer(bytes, dtype, shape, 'C' | 'F')`.
 *
 * NumPy 2 renamed the modules of both. Before protocol 3, bytes are `_codecs.encode(text, 'latin1')`, and Python 2
 * wrote plain strings. Format: `numpy/_core/src/multiarray/methods.c` (`array_reduce`, `array_reduce_ex`).
 */
import { PickleBlob, PickleCall, PickleGlobal, type PickleValue } from './pickle-values.ts';
import { type ArrayRecord, type Fail, isCallOf, isIndexList, placeTensor, type TensorRecord } from './tensor-record.ts';
import { elementCount } from './tensor-source.ts';
import { storageTypes, type StorageType } from './tensor-values.ts';

const inBothVersions = (name: string): string[] => [`numpy.core.${name}`, `numpy._core.${name}`];

const reconstruct = new Set(inBothVersions('multiarray._reconstruct'));
const fromBuffer = new Set(inBothVersions('numeric._frombuffer'));
const scalar = new Set(inBothVersions('multiarray.scalar'));
const encode = '_codecs.encode';
const dtypeName = 'numpy.dtype';
const bytesNames = ['builtins.bytes', '__builtin__.bytes', 'builtins.bytearray', '__builtin__.bytearray'];

/** Every name that an array's description may have. */
export const arrayGlobals: ReadonlySet<string> = new Set([
  ...reconstruct,
  ...fromBuffer,
  ...scalar,
  'numpy.ndarray',
  dtypeName,
  encode,
  ...bytesNames,
]);

export function isArray(value: PickleValue): value is PickleCall {
  if (!(value instanceof PickleCall) || !(value.callable instanceof PickleGlobal)) return false;
  const { fullName } = value.callable;
  return reconstruct.has(fullName) || fromBuffer.has(fullName) || scalar.has(fullName);
}

export function readArray(value: PickleCall, fail: Fail): TensorRecord {
  const { shape, type, isFortran, content } = describe(value, fail);
  const count = elementCount(shape);
  const [bytes, perByte] = sizeOf(content);
  // Text has one or two bytes for each of the array's; which is known only when it is read.
  if (bytes < count * type.itemBytes || bytes > count * type.itemBytes * perByte) {
    return fail(`should hold ${count} items of ${type.itemBytes} bytes, but ${bytes} bytes are there`);
  }
  const strides = isFortran ? columnMajor(shape) : columnMajor([...shape].reverse()).reverse();
  return placeTensor({ shape, strides, offset: 0, items: { type, itemCount: count, content } }, fail);
}

interface Description {
  readonly shape: readonly number[];
  readonly type: StorageType;
  readonly isFortran: boolean;
  readonly content: ArrayRecord['content'];
}

function describe(value: PickleCall, fail: Fail): Description {
  const name = value.callable instanceof PickleGlobal ? value.callable.fullName : '';
  const args = Array.isArray(value.args) ? value.args : [];
  if (scalar.has(name)) {
    const [dtype, content] = args;
    return { shape: [], type: readDtype(dtype, fail), isFortran: false, content: readBytes(content, fail) };
  }
  if (fromBuffer.has(name)) {
    const [content, dtype, shape, order] = args;
    if (!isIndexList(shape)) return fail('has no shape');
    return { shape, type: readDtype(dtype, fail), isFortran: order === 'F', content: readBytes(content, fail) };
  }
  const [, shape, dtype, isFortran, content] = Array.isArray(value.state) ? value.state : [];
  if (!isIndexList(shape)) return fail('is an array without a shape');
  return { shape, type: readDtype(dtype, fail), isFortran: isTrue(isFortran), content: readBytes(content, fail) };
}

function isTrue(value: PickleValue | undefined): boolean {
  return value === true || value === 1;
}

/** By NumPy's codes, which are a letter and a number of bytes. */
const types: ReadonlyMap<string, StorageType | undefined> = new Map(
  Object.entries({
    f4: 'torch.FloatStorage',
    f8: 'torch.DoubleStorage',
    f2: 'torch.HalfStorage',
    i8: 'torch.LongStorage',
    i4: 'torch.IntStorage',
    i2: 'torch.ShortStorage',
    i1: 'torch.CharStorage',
    u1: 'torch.ByteStorage',
    b1: 'torch.BoolStorage',
  }).map(([code, name]) => [code, storageTypes.get(name)]),
);

/** `dtype('f4', False, True)` with the state `(3, '<', None, None, None, -1, -1, 0)`; the byte order may lead too. */
function readDtype(value: PickleValue | undefined, fail: Fail): StorageType {
  const call = isCallOf(value, dtypeName) && Array.isArray(value.args) ? value : undefined;
  const text = textOf(call === undefined || !Array.isArray(call.args) ? undefined : call.args[0]);
  const state = call !== undefined && Array.isArray(call.state) ? textOf(call.state[1]) : undefined;
  const [, leading = '', code = ''] = /^([<>=|]?)(\w+)$/.exec(text ?? '') ?? [];
  if ((state ?? leading) === '>') return fail('is big-endian; only little-endian arrays are read');
  return types.get(code) ?? fail(`is an array of the type ${text === undefined ? 'unknown' : text.slice(0, 40)}`);
}

function textOf(value: PickleValue | undefined): string | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (isCallOf(value, encode) && Array.isArray(value.args)) return textOf(value.args[0]);
  return typeof value === 'string' ? value : undefined;
}

function readBytes(value: PickleValue | undefined, fail: Fail): ArrayRecord['content'] {
  if (value instanceof Uint8Array) return value;
  if (value instanceof PickleBlob) return value;
  if (typeof value === 'string') return latin1Bytes(value, fail);
  if (isCallOf(value, encode) && Array.isArray(value.args)) {
    const [text, encoding] = value.args;
    if (encoding !== 'latin1' && encoding !== 'latin-1') return fail('has bytes in an encoding other than latin1');
    return readBytes(text, fail);
  }
  if (bytesNames.some((name) => isCallOf(value, name))) {
    const { args } = value as PickleCall;
    return Array.isArray(args) && args.length > 0 ? readBytes(args[0], fail) : new Uint8Array(0);
  }
  return fail('is an array whose content is not bytes');
}

/** One byte for each character. */
function latin1Bytes(text: string, fail: Fail): Uint8Array {
  if (/[^\u0000-\u00ff]/.test(text)) return fail('has text that stands for no bytes');
  return Buffer.from(text, 'latin1');
}

/** Bytes, and how many of them may stand for one of the array's. */
function sizeOf(content: ArrayRecord['content']): readonly [bytes: number, perByte: number] {
  if (!(content instanceof PickleBlob)) return [content.byteLength, 1];
  return [content.length, content.encoding === 'utf8' ? 2 : 1];
}

/** Strides of an array whose first dimension is the one that changes fastest. */
function columnMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(0, axis)));
}

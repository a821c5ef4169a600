/**
 * The kinds of storage that a tensor's values can lie in, by the name that the pickle gives them. Values are
 * little-endian in the file, as they are on every machine that Node's builds here run on.
 *
 * A `!` below is on an index that runs from 0 to the array's own length.
 */
export interface StorageType {
  readonly name: string;
  /** As people call it. */
  readonly dtype: string;
  readonly itemBytes: number;
  /** Views the bytes as numbers. `buffer` holds a whole number of items. */
  readonly view: (buffer: ArrayBuffer) => ArrayLike<number>;
}

const types: readonly StorageType[] = [
  { name: 'FloatStorage', dtype: 'float32', itemBytes: 4, view: (buffer) => new Float32Array(buffer) },
  { name: 'DoubleStorage', dtype: 'float64', itemBytes: 8, view: (buffer) => new Float64Array(buffer) },
  { name: 'HalfStorage', dtype: 'float16', itemBytes: 2, view: (buffer) => floatsFromHalves(new Uint16Array(buffer)) },
  {
    name: 'BFloat16Storage',
    dtype: 'bfloat16',
    itemBytes: 2,
    view: (buffer) => floatsFromBrainFloats(new Uint16Array(buffer)),
  },
  {
    name: 'LongStorage',
    dtype: 'int64',
    itemBytes: 8,
    view: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
  },
  { name: 'IntStorage', dtype: 'int32', itemBytes: 4, view: (buffer) => new Int32Array(buffer) },
  { name: 'ShortStorage', dtype: 'int16', itemBytes: 2, view: (buffer) => new Int16Array(buffer) },
  { name: 'CharStorage', dtype: 'int8', itemBytes: 1, view: (buffer) => new Int8Array(buffer) },
  { name: 'ByteStorage', dtype: 'uint8', itemBytes: 1, view: (buffer) => new Uint8Array(buffer) },
  { name: 'BoolStorage', dtype: 'bool', itemBytes: 1, view: (buffer) => new Uint8Array(buffer) },
];

/** Keys are full names: `torch.FloatStorage`. */
export const storageTypes: ReadonlyMap<string, StorageType> = new Map(
  types.map((type) => [`torch.${type.name}`, type]),
);

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function floatsFromHalves(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) floats[i] = floatFromHalf(halves[i]!);
  return floats;
}

function floatFromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function floatsFromBrainFloats(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

import { z } from 'zod';

const quantizationSchema = z.union([
  z.looseObject({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.looseObject({ dtype: z.literal('float16') }),
]);

export const weightSpecSchema = z.looseObject({
  name: z.string().min(1),
  shape: z.array(z.int().nonnegative()),
  dtype: z.string(),
  quantization: quantizationSchema.optional(),
});
export type WeightSpec = z.infer<typeof weightSpecSchema>;

/** A tensor whose values are known at conversion; C order. */
export interface ConstantTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

const bytesPerElement = { float32: 4, int32: 4, uint8: 1, uint16: 2, float16: 2 } as const;
type StoredType = keyof typeof bytesPerElement;

/**
 * Cuts a group's bytes, its shards joined, into the tensors that its specs name in order. Quantised weights come back
 * as float32 (`value = stored * scale + min`). Throws for a dtype other than float32 and int32.
 */
export function* decodeWeights(specs: readonly WeightSpec[], bytes: Uint8Array): Generator<[string, ConstantTensor]> {
  let offset = 0;
  for (const spec of specs) {
    const count = spec.shape.reduce((product, size) => product * size, 1);
    const length = count * bytesPerElement[storedType(spec)];
    if (offset + length > bytes.byteLength) throw new Error(`The weight shards end before ${spec.name}.`);
    // A copy: it is aligned for typed arrays, and lets go of the shards.
    const { buffer } = new Uint8Array(bytes.subarray(offset, offset + length));
    offset += length;
    yield [spec.name, { shape: spec.shape, data: decode(spec, buffer) }];
  }
}

function storedType(spec: WeightSpec): StoredType {
  if (spec.dtype !== 'float32' && spec.dtype !== 'int32') {
    throw new Error(`Weight ${spec.name} has the dtype ${spec.dtype}, which this converter does not know.`);
  }
  return spec.quantization?.dtype ?? spec.dtype;
}

function decode(spec: WeightSpec, buffer: ArrayBuffer): Float32Array | Int32Array {
  const { quantization } = spec;
  if (!quantization) return spec.dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
  if (quantization.dtype === 'float16') return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  const stored = quantization.dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const { scale, min } = quantization;
  // TensorFlow rounds what was an integer before it was quantised.
  return spec.dtype === 'int32'
    ? Int32Array.from(stored, (value) => Math.round(value * scale + min))
    : Float32Array.from(stored, (value) => value * scale + min);
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

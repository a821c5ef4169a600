/** Tensors of a graph that is being written, each as float32, u8, or both: a missing form is made on request. */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Quantization } from './parameters.ts';

export interface Int8Value {
  readonly value: Value;
  readonly quantization: Quantization;
}

/** A tensor in u8 whose scale and zero point are found when it is there: from its own values. */
export interface DynamicValue {
  readonly value: Value;
  readonly scale: Value;
  readonly zeroPoint: Value;
}

export class TensorForms {
  readonly #g: GraphBuilder;
  readonly #quantizationOf: (tensor: string) => Quantization;
  readonly #floats = new Map<string, Value>();
  readonly #int8s = new Map<string, Int8Value>();
  readonly #dynamics = new Map<string, DynamicValue>();
  readonly #findFloat: (tensor: string) => Value | undefined;

  /** `findFloat` gives the float32 form of a tensor that was not set: a constant, for example. */
  constructor(
    g: GraphBuilder,
    quantizationOf: (tensor: string) => Quantization,
    findFloat: (tensor: string) => Value | undefined,
  ) {
    this.#g = g;
    this.#quantizationOf = quantizationOf;
    this.#findFloat = findFloat;
  }

  setFloat(tensor: string, value: Value): void {
    this.#floats.set(tensor, value);
  }

  setInt8(tensor: string, value: Int8Value): void {
    this.#int8s.set(tensor, value);
  }

  float(tensor: string): Value {
    const value = this.#floats.get(tensor) ?? this.#dequantized(tensor) ?? this.#findFloat(tensor);
    if (!value) throw new Error(`The tensor ${tensor} is read before it is made.`);
    this.#floats.set(tensor, value);
    return value;
  }

  /**
   * For what reads a tensor's size alone, in whichever form is there: onnxruntime would make a float32 copy of a u8
   * tensor for each such reader.
   */
  sized(tensor: string): Value {
    return this.#int8s.get(tensor)?.value ?? this.float(tensor);
  }

  /** The u8 form of a tensor that has no other yet. */
  int8Alone(tensor: string): Int8Value | undefined {
    return this.#floats.has(tensor) ? undefined : this.#int8s.get(tensor);
  }

  int8(tensor: string): Int8Value {
    const known = this.#int8s.get(tensor);
    if (known) return known;
    const quantization = this.#quantizationOf(tensor);
    const inputs = [this.float(tensor), ...quantizationInputs(this.#g, quantization)];
    const value = { value: this.#g.node('QuantizeLinear', inputs, {}, { name: `${tensor}/u8` }), quantization };
    this.#int8s.set(tensor, value);
    return value;
  }

  /** For several readers: one that is alone does it in its own step. */
  dynamic(tensor: string): DynamicValue {
    const known = this.#dynamics.get(tensor);
    if (known) return known;
    const found = quantizeDynamically(this.#g, this.float(tensor), `${tensor}/dynamic`);
    this.#dynamics.set(tensor, found);
    return found;
  }

  #dequantized(tensor: string): Value | undefined {
    const int8 = this.#int8s.get(tensor);
    return int8 && dequantize(this.#g, int8, `${tensor}/float`);
  }
}

export function quantizeDynamically(g: GraphBuilder, input: Value, name: string): DynamicValue {
  const [value, scale, zeroPoint] = g.nodes('DynamicQuantizeLinear', [input], 3, {}, { name });
  if (!value || !scale || !zeroPoint) throw new Error('DynamicQuantizeLinear has three outputs');
  return { value, scale, zeroPoint };
}

export function dequantize(g: GraphBuilder, { value, quantization }: Int8Value, name: string): Value {
  return g.node('DequantizeLinear', [value, ...quantizationInputs(g, quantization)], {}, { name });
}

/** Scale and zero point as most ops take them: after the tensor. */
export function quantizationInputs(g: GraphBuilder, { scale, zeroPoint }: Quantization): [Value, Value] {
  return [g.scalar(scale), g.sharedConstant(`u8_${zeroPoint}`, () => Uint8Array.of(zeroPoint), [])];
}

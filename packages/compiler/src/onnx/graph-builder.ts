import {
  type AttributeProto,
  type ElementType,
  elementTypeOf,
  elementTypes,
  type GraphProto,
  type ModelProto,
  type TensorData,
  type TensorProto,
  type ValueInfoProto,
} from './onnx-schema.ts';
import type { WeightFile } from './weight-file.ts';

/** A tensor in the graph: the output of a node, an input or an initializer. Made only by a `GraphBuilder`. */
export interface Value {
  readonly name: string;
}

/** `number` and `number[]` are ONNX integers; floats are marked, because JavaScript cannot tell 1 from 1.0. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: number[] }
  | { readonly copied: AttributeProto };
export const float = (value: number): Attribute => ({ float: value });

interface NodeOptions {
  /** A readable name, made unique; the first output has it too. Default: the op's type. */
  name?: string;
  /** `com.microsoft` for onnxruntime's own ops. */
  domain?: string;
}

/** Dimensions: a number is fixed, a string is a symbol. */
export type Shape = readonly (number | string)[];

interface GraphSettings {
  name: string;
  /** Where large constants go; without it everything is inside the model. */
  weights?: WeightFile;
  /** Of another graph, whose nodes are copied. By default, the one operator set that the compiler writes. */
  opsets?: ModelProto['opset_import'];
}

/** The operator set that the compiler writes. */
const opset = 21;
const irVersion = 10;
/** Shape constants must stay inside the model, where shape inference reads them. All are far below this size. */
const externalFromBytes = 1024;

/**
 * A small typed layer over ONNX's protobuf: values instead of strings, unique names, constants written in the order in
 * which they were declared.
 */
export class GraphBuilder {
  readonly #graph: GraphProto;
  readonly #weights: WeightFile | undefined;
  readonly #opsets: ModelProto['opset_import'];
  readonly #names = new Names();
  readonly #shared = new Map<string, Value>();
  readonly #domains = new Set<string>();
  /** Constants that are declared but not written yet; once there is one, later ones wait behind it. */
  #unwritten: (() => Promise<void>)[] = [];

  constructor({ name, weights, opsets = [{ domain: '', version: opset }] }: GraphSettings) {
    this.#graph = { name, node: [], initializer: [], input: [], output: [], value_info: [] };
    this.#weights = weights;
    this.#opsets = opsets;
  }

  /** Throws if the name is taken: callers feed the input by exactly this name. */
  input(name: string, type: ElementType, shape: Shape): Value {
    this.#names.claim(name);
    this.#graph.input.push(valueInfo(name, type, shape));
    return { name };
  }

  /** Makes a value an output of the graph. Throws if the name is taken: callers read it by exactly this name. */
  output(value: Value, name: string, type: ElementType, shape: Shape | undefined): void {
    this.#names.claim(name);
    this.#graph.node.push({
      input: [value.name],
      output: [name],
      name: this.#names.unique(`${name}/out`),
      op_type: 'Identity',
      attribute: [],
    });
    this.#graph.output.push(valueInfo(name, type, shape));
  }

  /** A constant of any type, by its bytes. */
  rawConstant(name: string, type: number, bytes: Uint8Array, shape: readonly number[]): Value {
    const unique = this.#names.unique(name);
    this.#graph.initializer.push(
      placeTensor({ name: unique, dims: [...shape], data_type: type }, bytes, this.#weights),
    );
    return { name: unique };
  }

  /** A constant tensor. Large ones go to the weight file, if there is one. */
  constant(name: string, data: TensorData, shape: readonly number[]): Value {
    return this.#initializer(name, data, shape);
  }

  /** A constant whose values are read by `writeConstants`, so that the graph can be built without any. */
  deferredConstant(name: string, read: () => Promise<TensorData>, shape: readonly number[]): Value {
    return this.#initializer(name, read, shape);
  }

  /** Reads and writes the deferred constants, one at a time, in the order in which they were declared. */
  async writeConstants(): Promise<void> {
    for (const write of this.#unwritten) await write();
    this.#unwritten = [];
  }

  /** A constant that is created once and shared: equal names mean equal values. */
  sharedConstant(name: string, create: () => TensorData, shape: readonly number[]): Value {
    return this.#share(`constant ${name}`, () => this.#initializer(name, create(), shape));
  }

  /** A 1-D int64 constant, shared among equal ones: shapes, axes, pads. */
  ints(values: readonly number[]): Value {
    return this.#share(`ints ${values.join(',')}`, () =>
      this.#initializer(`ints_${values.join('_')}`, BigInt64Array.from(values, BigInt), [values.length]),
    );
  }

  /** A float32 scalar constant, shared among equal ones. */
  scalar(value: number): Value {
    return this.#share(`scalar ${value}`, () => this.#initializer(`scalar_${value}`, Float32Array.of(value), []));
  }

  /** A node with one output. An undefined input is an optional one left out. */
  node(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes?: Record<string, Attribute>,
    options?: NodeOptions,
  ): Value {
    const [value] = this.nodes(type, inputs, 1, attributes, options);
    if (!value) throw new Error(`${type} has no output`);
    return value;
  }

  /** A node with several outputs. */
  nodes(
    type: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Record<string, Attribute> = {},
    { name = type, domain }: NodeOptions = {},
  ): Value[] {
    const unique = this.#names.unique(name);
    const values = Array.from({ length: outputs }, (_, i) => ({
      name: i === 0 ? unique : this.#names.unique(`${unique}:${i}`),
    }));
    this.#graph.node.push({
      input: inputs.map((value) => value?.name ?? ''),
      output: values.map((value) => value.name),
      name: unique,
      op_type: type,
      attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
      ...(domain === undefined ? {} : { domain }),
    });
    if (domain !== undefined) this.#domains.add(domain);
    return values;
  }

  /** Throws if deferred constants are not written yet. */
  build(metadata: Record<string, string> = {}): ModelProto {
    if (this.#unwritten.length > 0) throw new Error(`${this.#unwritten.length} constants are not written yet`);
    return {
      ir_version: irVersion,
      producer_name: 'm2fp-parsing',
      graph: this.#graph,
      opset_import: [
        ...this.#opsets,
        ...[...this.#domains]
          .sort()
          .filter((domain) => !this.#opsets.some((known) => known.domain === domain))
          .map((domain) => ({ domain, version: 1 })),
      ],
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    };
  }

  #initializer(name: string, data: TensorData | (() => Promise<TensorData>), shape: readonly number[]): Value {
    const unique = this.#names.unique(name);
    const at = this.#graph.initializer.length;
    const write = (values: TensorData): void => {
      this.#graph.initializer[at] = encodeTensor(unique, values, shape, this.#weights);
    };
    if (typeof data !== 'function' && this.#unwritten.length === 0) {
      write(data);
    } else {
      this.#graph.initializer.push({ name: unique, dims: [...shape], data_type: 0 });
      this.#unwritten.push(async () => write(typeof data === 'function' ? await data() : data));
    }
    return { name: unique };
  }

  #share(key: string, create: () => Value): Value {
    const known = this.#shared.get(key);
    if (known) return known;
    const value = create();
    this.#shared.set(key, value);
    return value;
  }
}

export const createGraph = (settings: GraphSettings): GraphBuilder => new GraphBuilder(settings);

/** The names of values and nodes in a graph; each occurs once. */
class Names {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  claim(name: string): void {
    if (this.#taken.has(name)) throw new Error(`the graph already has a value called ${name}`);
    this.#taken.add(name);
  }

  /** `name`, or `name#1`, `name#2`, … if it is taken. */
  unique(name: string): string {
    let unique = name;
    for (let count = this.#counts.get(name) ?? 1; this.#taken.has(unique); count++) {
      unique = `${name}#${count}`;
      this.#counts.set(name, count + 1);
    }
    this.#taken.add(unique);
    return unique;
  }
}

function assertLength(name: string, data: TensorData, shape: readonly number[]): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (data.length !== expected) throw new Error(`${name}: ${data.length} values do not fill [${shape.join(', ')}]`);
}

function valueInfo(name: string, type: ElementType, shape: Shape | undefined): ValueInfoProto {
  if (shape === undefined) return { name, type: { tensor_type: { elem_type: elementTypes[type] } } };
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

/** `TensorProto` of little-endian raw data, inside the model or in the weight file. */
function encodeTensor(
  name: string,
  data: TensorData,
  shape: readonly number[],
  weights: WeightFile | undefined,
): TensorProto {
  assertLength(name, data, shape);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return placeTensor({ name, dims: [...shape], data_type: elementTypes[elementTypeOf(data)] }, bytes, weights);
}

function placeTensor(tensor: TensorProto, bytes: Uint8Array, weights: WeightFile | undefined): TensorProto {
  if (weights === undefined || bytes.byteLength < externalFromBytes) return { ...tensor, raw_data: bytes.slice() };
  const { offset, length } = weights.append(bytes);
  return {
    ...tensor,
    data_location: 1,
    external_data: [
      { key: 'location', value: weights.location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(length) },
    ],
  };
}

/** `AttributeProto.AttributeType` */
const attributeTypes = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

function encodeAttribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'string') return { name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: attributeTypes.int, i: assertInteger(name, value) };
  if ('copied' in value) return { ...value.copied, name };
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
  if ('floats' in value) return { name, type: attributeTypes.floats, floats: value.floats };
  return { name, type: attributeTypes.ints, ints: value.map((item) => assertInteger(name, item)) };
}

function assertInteger(name: string, value: number): number {
  if (!Number.isSafeInteger(value))
    throw new Error(`attribute ${name}: ${value} is not an integer; mark floats with float()`);
  return value;
}

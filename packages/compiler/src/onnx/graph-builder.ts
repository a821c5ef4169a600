import type { AttributeProto, GraphProto, ModelProto, TensorProto, ValueInfoProto } from './onnx-schema.ts';
import { elementTypeOf, elementTypes, type ElementType, type TensorData } from './element-type.ts';
import type { WeightFile } from './weight-file.ts';

/** A tensor in the graph: the output of a node, an input or an initializer. Made only by a `GraphBuilder`. */
export interface Value {
  readonly name: string;
}

/** `number` and `number[]` are ONNX integers; floats are marked, because JavaScript cannot tell 1 from 1.0. */
export type Attribute =
  number | readonly number[] | string | { readonly float: number } | { readonly floats: number[] };
export const float = (value: number): Attribute => ({ float: value });

export interface NodeOptions {
  /** A readable name, made unique; the first output has it too. Default: the op's type. */
  name?: string;
  /** `com.microsoft` for onnxruntime's own ops. */
  domain?: string;
}

/** Dimensions: a number is fixed, a string is a symbol. */
export type Shape = readonly (number | string)[];

/** A small typed layer over ONNX's protobuf: values instead of strings, unique names, weights written as they come. */
export interface GraphBuilder {
  input(name: string, type: ElementType, shape: Shape): Value;
  /** Names a value as an output of the graph. */
  output(value: Value, name: string, type: ElementType, shape: Shape): void;
  /** A constant tensor. Large ones go to the weight file, if there is one; then `data` may be reused at once. */
  constant(name: string, data: TensorData, shape: readonly number[]): Value;
  /** A 1-D int64 constant, shared among equal ones: shapes, axes, pads. */
  ints(values: readonly number[]): Value;
  /** A float32 scalar constant, shared among equal ones. */
  scalar(value: number): Value;
  node(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes?: Record<string, Attribute>,
    options?: NodeOptions,
  ): Value;
  nodes(
    type: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes?: Record<string, Attribute>,
    options?: NodeOptions,
  ): Value[];
  /** Number of float and integer weights given to `constant`. */
  readonly parameters: number;
  build(metadata?: Record<string, string>): ModelProto;
}

export interface GraphSettings {
  name: string;
  /** Where constants of `externalFrom` bytes and more go; without it everything is inside the model. */
  weights?: WeightFile;
}

const opset = 21;
const irVersion = 10;
/** Shape constants have to stay inside the model: shape inference reads them. All of them are far below this. */
const externalFromBytes = 1024;

export function createGraph({ name: graphName, weights }: GraphSettings): GraphBuilder {
  const graph: GraphProto = { name: graphName, node: [], initializer: [], input: [], output: [], value_info: [] };
  const uniqueName = createNamer();
  const shared = new Map<string, Value>();
  const domains = new Set<string>();
  let parameters = 0;

  const addInitializer = (name: string, data: TensorData, shape: readonly number[]): Value => {
    assertLength(name, data, shape);
    const unique = uniqueName(name);
    graph.initializer.push(encodeTensor(unique, data, shape, weights));
    return { name: unique };
  };
  const share = (key: string, create: () => Value): Value => {
    const known = shared.get(key);
    if (known) return known;
    const value = create();
    shared.set(key, value);
    return value;
  };

  const builder: GraphBuilder = {
    input(name, type, shape) {
      graph.input.push(valueInfo(uniqueName(name), type, shape));
      return { name };
    },
    output(value, name, type, shape) {
      graph.node.push({
        input: [value.name],
        output: [uniqueName(name)],
        name: uniqueName(`${name}/out`),
        op_type: 'Identity',
        attribute: [],
      });
      graph.output.push(valueInfo(name, type, shape));
    },
    constant(name, data, shape) {
      parameters += data.length;
      return addInitializer(name, data, shape);
    },
    ints: (values) =>
      share(`ints ${values.join(',')}`, () =>
        addInitializer(`ints_${values.join('_')}`, BigInt64Array.from(values, BigInt), [values.length]),
      ),
    scalar: (value) => share(`scalar ${value}`, () => addInitializer(`scalar_${value}`, Float32Array.of(value), [])),
    node(type, inputs, attributes, options) {
      const [value] = builder.nodes(type, inputs, 1, attributes, options);
      if (!value) throw new Error(`${type} has no output`);
      return value;
    },
    nodes(type, inputs, outputs, attributes = {}, { name = type, domain } = {}) {
      const unique = uniqueName(name);
      const values = Array.from({ length: outputs }, (_, i) => ({
        name: i === 0 ? unique : uniqueName(`${unique}:${i}`),
      }));
      graph.node.push({
        input: inputs.map((value) => value?.name ?? ''),
        output: values.map((value) => value.name),
        name: unique,
        op_type: type,
        attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
        ...(domain === undefined ? {} : { domain }),
      });
      if (domain !== undefined) domains.add(domain);
      return values;
    },
    get parameters() {
      return parameters;
    },
    build: (metadata = {}) => ({
      ir_version: irVersion,
      producer_name: 'm2fp-parsing',
      graph,
      opset_import: [{ domain: '', version: opset }, ...[...domains].sort().map((domain) => ({ domain, version: 1 }))],
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    }),
  };
  return builder;
}

function createNamer(): (name: string) => string {
  const used = new Map<string, number>();
  return (name) => {
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return count === 0 ? name : `${name}#${count}`;
  };
}

function assertLength(name: string, data: TensorData, shape: readonly number[]): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (data.length !== expected) throw new Error(`${name}: ${data.length} values do not fill [${shape.join(', ')}]`);
}

function valueInfo(name: string, type: ElementType, shape: Shape): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

/** `TensorProto` of little-endian raw data, inside the model or in the weight file. */
export function encodeTensor(
  name: string,
  data: TensorData,
  shape: readonly number[],
  weights: WeightFile | undefined,
): TensorProto {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const tensor: TensorProto = { name, dims: [...shape], data_type: elementTypes[elementTypeOf(data)] };
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
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
  if ('floats' in value) return { name, type: attributeTypes.floats, floats: value.floats };
  return { name, type: attributeTypes.ints, ints: value.map((item) => assertInteger(name, item)) };
}

function assertInteger(name: string, value: number): number {
  if (!Number.isSafeInteger(value))
    throw new Error(`attribute ${name}: ${value} is no integer; mark floats with float()`);
  return value;
}

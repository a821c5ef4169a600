/**
 * Any exporter's graph in the form that the quantizer reads, which is the one that this project's compiler writes:
 * every node has a name of its own, every constant is an initializer with raw bytes, and every output is made by an
 * `Identity`.
 */
import { AppError } from '@m2fp/contract';
import {
  type AttributeProto,
  elementTypes,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../onnx/onnx-schema.ts';

/** QLinearConv and DynamicQuantizeLinear came with 10 and 11; the newest that onnxruntime is known to load. */
const opsets = { least: 11, most: 24 } as const;

/** Throws `invalid_request` for what cannot be rewritten, saying why. */
export function toPlainForm(model: ModelProto): ModelProto {
  const imports = model.opset_import.map(({ domain, version }) => ({ domain: plainDomain(domain), version }));
  const version = imports.find(({ domain }) => domain === '')?.version ?? 0;
  if (version < opsets.least || version > opsets.most) {
    throw refused(`it is of ONNX operator set ${version}, and sets ${opsets.least} to ${opsets.most} can be read`);
  }
  assertPlain(model);
  const constants = model.graph.node.filter(isConstant);
  const initializer = [...model.graph.initializer, ...constants.map(toInitializer)].map(withRawData);
  const names = new Set(initializer.map(({ name }) => name));
  const nodes = nameNodes(model.graph.node.filter((node) => !isConstant(node)));
  return {
    ...model,
    opset_import: imports,
    graph: {
      ...model.graph,
      initializer,
      node: nameOutputs(nodes, new Set(model.graph.output.map(({ name }) => name))),
      // Old exporters list constants here too.
      input: model.graph.input.filter(({ name }) => !names.has(name)),
    },
  };
}

const plainDomain = (domain: string | undefined): string =>
  domain === undefined || domain === 'ai.onnx' ? '' : domain;

function refused(why: string): AppError {
  return new AppError('invalid_request', `This graph cannot be quantized: ${why}.`);
}

function assertPlain({ graph, functions = [] }: ModelProto): void {
  const [first] = functions;
  if (first) throw refused(`it has functions of its own (${first.name}): export it without them`);
  const branching = graph.node.find(({ attribute }) =>
    attribute.some(({ g, graphs = [] }) => g !== undefined || graphs.length > 0),
  );
  if (branching) throw refused(`it has control flow (${branching.op_type}): export it with fixed branches`);
  const quantized = graph.node.find(({ op_type: op }) => /^(QLinear|Quantize|Dequantize|DynamicQuantize)/.test(op));
  if (quantized) throw refused(`it is quantized already (${quantized.op_type})`);
}

function isConstant({ op_type: type, attribute }: NodeProto): boolean {
  return type === 'Constant' && attribute.every(({ name }) => !/string|sparse/.test(name));
}

function toInitializer({ output, attribute: [attribute] }: NodeProto): TensorProto {
  const name = output[0] ?? '';
  if (attribute?.t) return { ...attribute.t, name };
  const { f, i, floats = [], ints = [] } = attribute ?? ({} as Partial<AttributeProto>);
  const isList = attribute?.name === 'value_floats' || attribute?.name === 'value_ints';
  const isFloat = attribute?.name === 'value_float' || attribute?.name === 'value_floats';
  const values = isList ? (isFloat ? floats : ints) : [(isFloat ? f : i) ?? 0];
  const data = isFloat ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
  return {
    name,
    dims: isList ? [values.length] : [],
    data_type: isFloat ? elementTypes.float32 : elementTypes.int64,
    raw_data: new Uint8Array(data.buffer),
  };
}

/** Values that are written one by one, as bytes. */
function withRawData(tensor: TensorProto): TensorProto {
  if (tensor.data_location === 1 || (tensor.raw_data?.length ?? 0) > 0) return tensor;
  const data = typedData(tensor);
  if (data === undefined) return tensor;
  const { name, dims, data_type } = tensor;
  return { name, dims, data_type, raw_data: new Uint8Array(data.buffer) };
}

/** ONNX's numbers of types that are not used here otherwise: uint16, int16, float16, double. */
const otherTypes = { uint16: 4, int16: 5, float16: 10, double: 11 } as const;

function typedData({ data_type: type, float_data, int32_data, int64_data, double_data }: TensorProto) {
  const { float32, uint8, int8, int32, int64, bool } = elementTypes;
  if (type === float32) return Float32Array.from(float_data ?? []);
  if (type === int64) return BigInt64Array.from(int64_data ?? [], BigInt);
  if (type === otherTypes.double) return Float64Array.from(double_data ?? []);
  if (type === int32) return Int32Array.from(int32_data ?? []);
  if (type === uint8 || type === int8 || type === bool) return Int8Array.from(int32_data ?? []);
  if (type === otherTypes.uint16 || type === otherTypes.int16 || type === otherTypes.float16) {
    return Uint16Array.from(int32_data ?? []);
  }
  return undefined;
}

/** A node without a name, or with another's, is called like its result. */
function nameNodes(nodes: readonly NodeProto[]): NodeProto[] {
  const seen = new Set<string>();
  return nodes.map((node) => {
    const given = (node.name as string | undefined) ?? '';
    const name = given === '' || seen.has(given) ? `${node.op_type}/${node.output[0] ?? ''}` : given;
    seen.add(name);
    return { ...node, name, domain: plainDomain(node.domain) };
  });
}

/** What makes an output of the graph gets another name, and an `Identity` the output's. */
function nameOutputs(nodes: readonly NodeProto[], outputs: ReadonlySet<string>): NodeProto[] {
  const inner = (name: string): string => `${name}/value`;
  const made = new Set(
    nodes.flatMap((node) => (node.op_type === 'Identity' ? [] : node.output.filter((name) => outputs.has(name)))),
  );
  const rename = (name: string): string => (made.has(name) ? inner(name) : name);
  const renamed = nodes.map((node) => ({ ...node, input: node.input.map(rename), output: node.output.map(rename) }));
  const named = [...made].map((name): NodeProto => ({
    ...{ op_type: 'Identity', name: `${name}/out`, attribute: [] },
    ...{ input: [inner(name)], output: [name] },
  }));
  return [...renamed, ...named];
}

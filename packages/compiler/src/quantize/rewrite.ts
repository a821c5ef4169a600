import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { elementTypes, type ElementType, type NodeProto, type ValueInfoProto } from '../onnx/onnx-schema.ts';
import { attributesOf, type FloatGraph } from './float-graph.ts';
import type { Layer } from './layers.ts';
import type { Plan } from './plan.ts';
import { TensorForms } from './tensor-forms.ts';
import { type LayerWriter, writeConvolution, writeJoining, writeMatrix } from './write-layers.ts';

/**
 * Writes the graph again with the plan's layers in 8 bits. Everything else is copied unchanged; constants that nothing
 * reads anymore are left out.
 */
export function rewriteGraph(writer: LayerWriter, plan: Plan): void {
  const { g, graph } = writer;
  const constants = new Map<string, Value>();
  const readConstant = (name: string): Value | undefined => {
    if (!graph.isConstant(name)) return undefined;
    const known = constants.get(name);
    if (known) return known;
    const { type, bytes } = graph.readRaw(name);
    const value = g.rawConstant(name, type, bytes, graph.shapeOf(name));
    constants.set(name, value);
    return value;
  };
  const forms = new TensorForms(g, plan.quantizationOf, readConstant);
  for (const input of graph.model.graph.input) forms.setFloat(input.name, copyInput(g, input));
  const joined = new Set(
    [...plan.layers.values()].flatMap((layer) => ('relu' in layer && layer.relu ? [layer.relu] : [])),
  );
  for (const node of graph.nodes) {
    if (joined.has(node) || isOutput(graph, node)) continue;
    const layer = plan.layers.get(node);
    if (layer) writeLayer(writer, layer, forms, plan);
    else copyFloat(g, node, forms);
  }
  for (const output of graph.model.graph.output) {
    const [source = ''] = graph.producerOf(output.name)?.input ?? [];
    g.output(forms.float(source), output.name, typeOf(output), dimensionsOf(output));
  }
}

/** Writes one layer in 8 bits; `forms` holds its inputs, and then its result. */
export function writeLayer(writer: LayerWriter, layer: Layer, forms: TensorForms, plan: Plan): void {
  if (layer.kind === 'matrix') {
    const readers = writer.graph.consumersOf(layer.inputs[0]).map((node) => plan.layers.get(node)?.kind);
    const shared = readers.filter((kind) => kind === 'matrix').length > 1;
    forms.setFloat(layer.output, writeMatrix(writer, layer, forms, shared));
  } else if (layer.kind === 'convolution') {
    const output = plan.quantizationOf(layer.output);
    forms.setInt8(layer.output, writeConvolution(writer, layer, forms.int8(layer.inputs[0]), output));
  } else {
    const inputs = layer.inputs.map((tensor) => forms.int8(tensor));
    forms.setInt8(layer.output, writeJoining(writer, layer, inputs, plan.quantizationOf(layer.output)));
  }
}

function copyFloat(g: GraphBuilder, node: NodeProto, forms: TensorForms): void {
  const stored = node.op_type === 'Split' ? forms.int8Alone(node.input[0] ?? '') : undefined;
  if (stored) {
    // Parts of what is u8 stay u8, in the range of the whole, as the plan has it. What reads one as float32 converts it
    // alone.
    const others = node.input.slice(1).map((name) => (name === '' ? undefined : forms.float(name)));
    const inputs = [stored.value, ...others];
    copyNode(g, node, inputs).forEach((value, i) => forms.setInt8(node.output[i] ?? '', { ...stored, value }));
    return;
  }
  const readsSize = node.op_type === 'Shape' || node.op_type === 'Size';
  const read = (name: string) => (readsSize ? forms.sized(name) : forms.float(name));
  const inputs = node.input.map((name) => (name === '' ? undefined : read(name)));
  copyNode(g, node, inputs).forEach((value, i) => forms.setFloat(node.output[i] ?? '', value));
}

/** Copies a node to another graph, under the same name. Gives its outputs, in order. */
function copyNode(g: GraphBuilder, node: NodeProto, inputs: readonly (Value | undefined)[]): Value[] {
  const options = { name: node.name, ...(node.domain ? { domain: node.domain } : {}) };
  return g.nodes(node.op_type, inputs, node.output.length, attributesOf(node), options);
}

/** The builder ends each graph with nodes that only name the outputs; it will add them again. */
function isOutput(graph: FloatGraph, node: NodeProto): boolean {
  return node.op_type === 'Identity' && graph.outputs.has(node.output[0] ?? '');
}

function copyInput(g: GraphBuilder, input: ValueInfoProto): Value {
  return g.input(input.name, typeOf(input), dimensionsOf(input) ?? []);
}

function typeOf({ name, type }: ValueInfoProto): ElementType {
  const found = Object.entries(elementTypes).find(([, number]) => number === type.tensor_type.elem_type);
  if (!found) throw new Error(`${name} is of a type that is not known here.`);
  return found[0] as ElementType;
}

function dimensionsOf({ type }: ValueInfoProto): (number | string)[] | undefined {
  return type.tensor_type.shape?.dim.map(({ dim_value, dim_param }) => dim_param ?? dim_value ?? 0);
}
